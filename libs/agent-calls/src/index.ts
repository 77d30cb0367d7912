// Calls that a bottle's agent makes on a service of its run. One table of methods is served over
// JSON-RPC for commands and over MCP for harnesses, on a Unix socket behind the run's proxy.
//
// It judges no call. The service's dispatch does that, parameters included.

export { type CallAppOptions, createCallApp, MAX_CALL_BYTES } from "./call-app.ts"
export type { CallOutcome, CallRefusal, Dispatch, EgressState, ShownMethod } from "./call-outcome.ts"
export { describeInvalidParams } from "./describe-invalid-params.ts"
