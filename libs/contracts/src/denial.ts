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
