// Model APIs: the wire formats of model providers, a folder each, and the meters that read what a
// request costs. Only the proxy needs them: loading them would slow every start by some 35 ms. Pure.

export { type BodyDecoder, createBodyDecoder, type DecodeOutcome } from "./body-decoder.ts"
export { isPlainPath } from "./call-path.ts"
export { type ClientSession, readClientSession } from "./client-session.ts"
export { type DecodedWhole, decodeWhole } from "./decode-whole.ts"
export type { HostCall, ProviderHost } from "./hosts/provider-host.ts"
export { type AnswerFacts, type ReadWindow, readProviderWindows } from "./limits/provider-windows.ts"
export { type StreamEnd, type TapOptions, tapUsage, type UsageTap } from "./metering/usage-tap.ts"
export type {
  InputCounting,
  KnownResponses,
  MeterReading,
  ModelApi,
  ModelRequest,
  ResponseHead,
  ResponseMeter,
  ServerSideFetch,
  SocketApi,
  SocketMessage,
  SocketMeter,
} from "./model-api.ts"
export { findModelApi, findProviderHost } from "./registry.ts"
