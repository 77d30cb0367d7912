// Says each refusal in a sentence a person understands, and what the operator can do.
//
// Never quotes what the agent sent: names here are canonical, numbers are the ledger's.

import { describeRecovery, type SpentLimit } from "@bot-bottle/budget"
import {
  type Denial,
  type DenialReason,
  formatAmount,
  formatCount,
  formatUsd,
  INTERNAL_HOST,
  type ProviderName,
  type ShutdownPolicy,
  sanitizeLine,
  USD,
} from "@bot-bottle/contracts"
import type { FanOutRefusal } from "@bot-bottle/ledger"

/** The slice of a governing budget that a refusal names. */
export type SpentBudget = Omit<SpentLimit, "requestAmount">

/** `place` is the canonical `host` or `host:port` the refusal is about. */
export function describeDenial(reason: DenialReason, place: string): Denial {
  const [message, hint] = WORDS[reason](place)
  return { reason, message, hint }
}

/** The most that a request may cost. Undefined: no request was weighed, the budget is spent. */
export interface WeighedRequest {
  readonly inputTokens: number
  readonly outputTokens: number
  /** At the highest prices that can apply; 0 where none is known. */
  readonly microUsd: number
}

export function describeExhaustion(
  slug: string,
  policy: ShutdownPolicy,
  budget: SpentBudget,
  request: WeighedRequest | undefined,
): Denial {
  const { provider, scope, limitTokens, usedTokens, reservedTokens, isCeiling } = budget
  const isMoney = provider === USD
  const what = `${isCeiling === true ? "ceiling" : `${scope.kind} budget`}${isMoney ? "" : ` for ${provider}`}`
  const amount = (count: number) => formatAmount(provider, count)
  const leftTokens = limitTokens - usedTokens - reservedTokens
  const hint = describeRecovery(slug, policy, { ...budget, requestAmount: amountOf(budget.provider, request) })
  if (request === undefined || leftTokens <= 0) {
    const set = reservedTokens > 0 ? `, and open requests may take ${amount(reservedTokens)}` : ""
    return {
      reason: "budget-exhausted",
      message: `Budget used up: the ${what} is ${amount(limitTokens)}${isMoney ? "" : " tokens"} and ${amount(usedTokens)} ${isMoney ? "is" : "are"} used${set}. Another request does not fit into what is left.`,
      hint,
    }
  }
  const { inputTokens, outputTokens } = request
  const parts = `${formatCount(inputTokens)} in + ${formatCount(outputTokens)} out`
  const cost = isMoney
    ? `${amount(request.microUsd)} (${parts})`
    : `${formatCount(inputTokens + outputTokens)} tokens (${parts})`
  return {
    reason: "budget-exhausted",
    message: `Too little budget left: this request may cost up to ${cost}; ${amount(leftTokens)} ${isMoney ? "is" : "are"} left of the ${what}, which is ${amount(limitTokens)}.`,
    hint,
  }
}

/** In the unit of the provider's limits. */
export function amountOf(provider: ProviderName, request: WeighedRequest | undefined): number {
  if (request === undefined) return 0
  return provider === USD ? request.microUsd : request.inputTokens + request.outputTokens
}

/** For a model that a budget of money cannot count. Its name comes from the agent, so it is cut and quoted. */
export function describeNoPrice(model: string, place: string): Denial {
  const name = sanitizeLine(model).slice(0, 100)
  return {
    reason: "no-price",
    message: `No price is known for model '${name}' at ${place}, and this run has a budget of money.`,
    hint: "Give its price in prices.yml on the host, or use a model that has one.",
  }
}

/** For a request that has waited as long as a client waits. */
export function describeFanOut({ limit, most, scope, retryAfterMs }: FanOutRefusal): Denial {
  const whose = scope.key === "" ? `the ${scope.kind}` : `${scope.kind} ${scope.key}`
  const what = limit === "spend_per_minute" ? formatUsd(most) : formatCount(most)
  return {
    reason: "fan-out-limit",
    message: `${whose} may not make requests faster: ${limit} is ${what}.`.replace(/^t/, "T"),
    hint: "Send the request again after 'retry-after'. The operator can raise the limit where it is set.",
    retryAfterS: Math.max(1, Math.ceil(retryAfterMs / 1000)),
  }
}

/** For an operator's cutoff. */
export function describeCutoff(slug: string): Denial {
  return {
    reason: "cut-off",
    message: "This run was cut off: it has no egress until the operator restores it.",
    hint: `bot-bottle restore ${slug}`,
  }
}

/** For everything a spent budget takes along that is not the provider's own host. */
export function describeCutoffBy(budget: Denial): Denial {
  return { reason: "cut-off", message: `This run was cut off. ${budget.message}`, hint: budget.hint }
}

/** For a run that keeps sending what must not leave: each refusal says something about it. */
export function describeDlpCutoff(slug: string, matches: number): Denial {
  return {
    reason: "cut-off",
    message: `This run was cut off: ${matches} of its requests carried a credential of the host's.`,
    hint: `bot-bottle restore ${slug}`,
  }
}

/** For a run whose launcher did not renew the lease on its work. */
export function describeLeaseExpired(): Denial {
  return describeDenial("lease-expired", "")
}

export function describeShutdown(slug: string): Denial {
  return {
    reason: "cut-off",
    message: "This run is ending: its egress is closed.",
    hint: `bot-bottle resume ${slug}`,
  }
}

export interface DlpDenial extends Denial {
  readonly reason: "dlp-match" | "awaiting-approval" | "approval-denied"
  /** For the log. */
  readonly detector: string
}

/** Names who found it, and never what. */
export function describeDlpMatch(place: string, detector: string): DlpDenial {
  return {
    reason: "dlp-match",
    detector,
    message: `This request to ${place} carries something that must not leave: a match of ${detector}.`,
    hint: "Send it without. The operator can let such requests pass with 'dlp: { outbound: redact }' or 'off' on the bottle's route.",
  }
}

/** For a body that cannot be looked into. */
export function describeUnreadableBody(place: string): DlpDenial {
  return {
    reason: "dlp-match",
    detector: "content-encoding",
    message: `The body of this request to ${place} is packed, and the proxy cannot unpack it, so it may not leave.`,
    hint: "Send it plain, or as whole gzip, deflate, br or zstd. The operator can set 'dlp: { outbound: off }' on the bottle's route.",
  }
}

/** For an answer in which the host's credential could be hidden. */
export function describeUnreadableAnswer(place: string): DlpDenial {
  return {
    reason: "dlp-match",
    detector: "content-encoding of the answer",
    message: `The answer of ${place} is packed in a way that cannot be searched for the host's credential, so it was not passed on.`,
    hint: "Ask for it plain, or as gzip, deflate, br or zstd.",
  }
}

/** For a packed answer in which it stands: it cannot be taken out there. */
export function describeWithheldAnswer(place: string): DlpDenial {
  return {
    reason: "dlp-match",
    detector: "credential in the answer",
    message: `The answer of ${place} repeats the host's credential, so it was not passed on.`,
    hint: "Ask for it plain ('accept-encoding: identity'): then the credential alone is taken out.",
  }
}

/** For bytes that are not one HTTP request, or are two. */
export function describeMalformedRequest(place: string, detail: string): Denial {
  const general = describeDenial("foreign-protocol", place)
  return {
    ...general,
    message: `The request to ${place} is malformed: ${detail}.`,
    hint: "Send HTTP/1.1 as RFC 9112 has it.",
  }
}

/** `what` names the call for people, as far as this build knows it. */
export function describeUnmetered(place: string, what: string | undefined): Denial {
  const general = describeDenial("endpoint-not-metered", place)
  if (what === undefined) return general
  return { ...general, message: `${what} at ${place} cannot be metered, so this bottle may not use them.` }
}

/** The provider itself would reach `what` on the agent's word. */
export function describeServerFetch(place: string, what: string, hosts: readonly string[] | "anywhere"): Denial {
  const where = hosts === "anywhere" ? "any host" : hosts.slice(0, 5).join(", ")
  return {
    reason: "host-not-allowed",
    message: `${what} would have ${place} itself reach ${where}, which is not on this bottle's list of hosts. Continue without it.`,
    hint: `The operator can list the hosts under egress.routes, or set 'egress: { server_tools: trim }' or 'allow'; ${LISTED}.`,
  }
}

export const LISTED = `http://${INTERNAL_HOST}/allowlist lists what this bottle may reach`

const WORDS: Readonly<Record<DenialReason, (place: string) => readonly [message: string, hint: string]>> = {
  "malformed-host": () => ["The host of this request is not a name or address.", "Send host:port in plain ASCII."],
  "ip-literal": (place) => [
    `${place} is an address; this bottle reaches hosts by name.`,
    `List the address itself as a route of the bottle; ${LISTED}.`,
  ],
  "host-not-allowed": (place) => [
    `${place} is not on this bottle's list of hosts.`,
    `Add it to egress.routes of the bottle; ${LISTED}.`,
  ],
  "port-not-allowed": (place) => [
    `${place} is not open: the host is listed with another port.`,
    `Name the port on the bottle's route; ${LISTED}.`,
  ],
  "method-or-path-not-allowed": (place) => [
    `The bottle's route for ${place} does not cover this method, path or these headers.`,
    `Widen 'matches' of the route; ${LISTED}.`,
  ],
  "endpoint-not-metered": (place) => [
    `This call to ${place} may spend tokens that cannot be metered, so it may not leave.`,
    "Use the provider's calls that answer at once: messages, responses, completions, embeddings.",
  ],
  "address-not-allowed": (place) => [
    `${place} resolves to a private or local address, which is never dialled for a name.`,
    "If the operator means that address, name it under 'resolve' in settings.yml.",
  ],
  "foreign-protocol": (place) => [
    `The bottle's route for ${place} speaks another protocol.`,
    "Speak TLS to an https route, and a provider's own API to its host.",
  ],
  "host-mismatch": (place) => [
    `This connection was opened for ${place}, and only requests for ${place} may use it.`,
    "Open one connection for each host, with the same name in SNI and Host.",
  ],
  "budget-exhausted": (place) => [`The budget for ${place} is used up.`, "Raise it with 'bot-bottle budget set'."],
  "fan-out-limit": (place) => [
    `This run makes requests to ${place} faster than it may.`,
    "Wait as long as 'retry-after' says, and send it again.",
  ],
  "no-price": (place) => [
    `No price is known for this model at ${place}, and this run has a budget of money.`,
    "Give its price in prices.yml on the host, or use a model that has one.",
  ],
  "cut-off": () => ["This run was cut off.", "The operator can bring it back with 'bot-bottle restore'."],
  "lease-expired": () => [
    "This run has no egress: the lease on its job was not renewed in time, so another host may run the job.",
    "'bot-bottle worker --jobs' shows who has the job. The worker on this host ends this run as soon as it can.",
  ],
  "awaiting-approval": (place) => [
    `The operator was asked about ${place} and has not answered yet.`,
    "Try again later; 'ask status' says what became of the question.",
  ],
  "approval-denied": (place) => [
    `The operator does not allow ${place}.`,
    "Continue without it: the operator is not asked about it again in this run.",
  ],
  "dlp-match": (place) => [
    `This request to ${place} carries something that must not leave.`,
    "The operator can release it.",
  ],
  "body-too-large": (place) => [`The request body for ${place} is over 64 MiB.`, "Send less in one request."],
  "too-many-failures": (place) => [
    `Too many requests of this run to ${place} failed or were refused lately.`,
    "Wait a minute, and send what the provider takes; the ledger keeps a row of each.",
  ],
  "upstream-unreachable": (place) => [
    `${place} could not be reached.`,
    "Check the host's network, and 'resolve' in settings.yml.",
  ],
  "upstream-tls": (place) => [
    `The certificate of ${place} could not be verified.`,
    "If the host has a private CA, name its file as 'upstream_ca' in settings.yml.",
  ],
  "ledger-unavailable": (place) => [
    `The ledger cannot be written, so no billed request to ${place} may leave.`,
    "Run 'bot-bottle doctor' on the host.",
  ],
}
