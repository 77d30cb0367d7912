// Providers: everything that differs from one harness to the next, a folder each. Differences on
// the wire are in `libs/model-apis`. Pure.

export { checkOutputs } from "./check-outputs.ts"
export type {
  AuthorityAnswer,
  HarnessLock,
  LoginRenewal,
  RenewalAnswer,
  RenewalRequest,
} from "./login-renewal.ts"
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
export { findProvider, listConfiguredProviders, listProviders } from "./registry.ts"
