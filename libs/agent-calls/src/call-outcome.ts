// The result of one call, in terms that JSON-RPC, MCP and the commands in a bottle share.
// The reasons are API.

import type * as v from "valibot"

export type CallOutcome =
  | { readonly outcome: "done"; readonly result: unknown }
  | { readonly outcome: "refused"; readonly reason: CallRefusal; readonly message: string }
  /** The refusal or failure of a party behind the service. */
  | { readonly outcome: "failed"; readonly status: number; readonly message: string }

export type CallRefusal =
  | "unknown-method"
  | "invalid-params"
  | "out-of-scope"
  | "cap-reached"
  | "cut-off"
  | "holds-credential"
  | "too-many-calls"
  | "unavailable"

/** Of the run, as its proxy says it with each call. */
export type EgressState = "open" | "cut"

export type Dispatch = (name: string, params: unknown, egress: EgressState) => Promise<CallOutcome>

/** A method as models read of it. */
export interface ShownMethod {
  readonly title: string
  readonly description: string
  readonly params: v.GenericSchema
  readonly annotations: {
    readonly readOnlyHint: boolean
    readonly destructiveHint: boolean
    readonly openWorldHint: boolean
  }
}
