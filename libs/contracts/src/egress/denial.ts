// Why the egress plane refuses. These strings are API: the same one stands in the response
// header, the JSON body, the event log, the audit row, the dashboard and the tests.

export const DENIAL_STATUS = {
  "malformed-host": 400,
  "ip-literal": 403,
  "host-not-allowed": 403,
  "port-not-allowed": 403,
  "method-or-path-not-allowed": 403,
  "endpoint-not-metered": 403,
  "address-not-allowed": 403,
  "foreign-protocol": 400,
  "host-mismatch": 421,
  "budget-exhausted": 403,
  "no-price": 403,
  "cut-off": 403,
  "lease-expired": 403,
  "awaiting-approval": 403,
  "approval-denied": 403,
  "dlp-match": 403,
  "body-too-large": 413,
  "fan-out-limit": 429,
  "too-many-failures": 429,
  "upstream-unreachable": 502,
  "upstream-tls": 502,
  "ledger-unavailable": 503,
} as const

export type DenialReason = keyof typeof DENIAL_STATUS

export type DenialCause = "host" | "request" | "spent" | "pace" | "upstream" | "ledger"

/**
 * The matter of a refusal. `request`: more than the host, so its path is worth a line. `spent`: the run may send no more, so
 * a provider's client must not try again. `upstream`: the bottle's rules let the request through. Complete, so that a new
 * reason is judged.
 */
// biome-ignore format: a table
export const DENIAL_CAUSE = {
  "malformed-host":             "host",
  "ip-literal":                 "host",
  "host-not-allowed":           "host",
  "port-not-allowed":           "host",
  "method-or-path-not-allowed": "request",
  "endpoint-not-metered":       "request",
  "address-not-allowed":        "host",
  "foreign-protocol":           "host",
  "host-mismatch":              "host",
  "budget-exhausted":           "spent",
  "no-price":                   "spent",
  "cut-off":                    "spent",
  "lease-expired":              "spent",
  "awaiting-approval":          "host",
  "approval-denied":            "host",
  "dlp-match":                  "request",
  "body-too-large":             "request",
  "fan-out-limit":              "pace",
  "too-many-failures":          "pace",
  "upstream-unreachable":       "upstream",
  "upstream-tls":               "upstream",
  "ledger-unavailable":         "ledger",
} as const satisfies Record<DenialReason, DenialCause>

export type ReasonOf<Cause extends DenialCause> = {
  [Reason in DenialReason]: (typeof DENIAL_CAUSE)[Reason] extends Cause ? Reason : never
}[DenialReason]

/** Reasons of the route table itself. For these an edit of the routes is looked for, and the end of a run names their hosts. */
export const ROUTE_DENIALS = [
  "ip-literal",
  "host-not-allowed",
  "port-not-allowed",
  "method-or-path-not-allowed",
] as const satisfies readonly DenialReason[]
export type RouteDenial = (typeof ROUTE_DENIALS)[number]

export interface Denial {
  readonly reason: DenialReason
  /** One sentence for a person: what was refused and why. Never a secret, never a stack. */
  readonly message: string
  /** A hint for the operator. */
  readonly hint: string
  /** Present where the same request is taken again after so many seconds. */
  readonly retryAfterS?: number
}

export const REASON_HEADER = "x-bot-bottle-reason"
/** Answered by the proxy itself: introspection for the agent, never forwarded. */
export const INTERNAL_HOST = "bot-bottle.internal"
/**
 * The startup self-test requests this host and expects a refusal. No route can name it, and its
 * refusals are not the agent's.
 */
export const SELF_TEST_HOST = `self-test.${INTERNAL_HOST}`
/** For a program whose name is not known yet: it says it itself, in its ClientHello or its Host line. */
export const UNNAMED_HOST = `unnamed.${INTERNAL_HOST}`
