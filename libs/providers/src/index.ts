// Providers: everything that differs from one model provider to the next. `apis/` reads the
// wire (who is billed what), one folder a harness says how to run it. Pure.

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
export { type ProviderResult, parseProvider } from "./parse-provider.ts"
export type {
  Configured,
  CredentialSource,
  GuestFile,
  GuestNeeds,
  GuestSetup,
  HarnessSession,
  HeldCredential,
  LoginCredential,
  LoginReading,
  McpServer,
  Placeholders,
  Provider,
  ProviderSettings,
  Toolchain,
  VariableCredential,
} from "./provider.ts"
export { findProvider, listProviders } from "./registry.ts"
export { type StreamEnd, type TailOptions, tailUsage, type UsageTail } from "./tail-usage.ts"
