// The wire: who is billed what, format by format. A door of its own, since only the proxy reads it
// and loading it would cost every start of a run some 35 ms.

export { findModelApi } from "./apis/index.ts"
export { type BodyDecoder, createBodyDecoder, type DecodeOutcome } from "./body-decoder.ts"
export { type DecodedWhole, decodeWhole } from "./decode-whole.ts"
export type {
  InputCounting,
  KnownResponses,
  MeterReading,
  ModelApi,
  ModelRequest,
  ResponseHead,
  ResponseMeter,
  ServerReach,
  SocketApi,
  SocketMessage,
  SocketMeter,
} from "./model-api.ts"
export { type StreamEnd, type TailOptions, tailUsage, type UsageTail } from "./tail-usage.ts"
