// Reads how much of its own windows a provider says an account has used: out of an answer's header,
// and out of the body of a refusal. Pure; what it cannot read it leaves out.
//
// Anthropic: `anthropic-ratelimit-unified-*`, with a subscription. OpenAI: `x-codex-*` and the error
// `usage_limit_reached`, with a ChatGPT login. Anybody: a 429 with `retry-after`.

import { asObject, parseJson } from "@bot-bottle/contracts"

export interface AnswerFacts {
  readonly status: number
  /** The first header of this name, in lower case. */
  readonly header: (name: string) => string | undefined
  /** Of a 429, when it is at hand. */
  readonly body?: string
}

export interface ReadWindow {
  readonly name: string
  readonly usedPermille?: number
  readonly isSpent: boolean
  readonly resetsAtMs?: number
}

const TOO_MANY = 429

export function readProviderWindows(answer: AnswerFacts, nowMs: number): readonly ReadWindow[] {
  const named = [...anthropicWindows(answer), ...codexWindows(answer, nowMs), ...usageLimit(answer, nowMs)]
  const windows = [...new Map(named.map((window) => [window.name, window])).values()]
  if (answer.status !== TOO_MANY || windows.some(({ isSpent }) => isSpent)) return windows
  const retryAtMs = readRetryAfter(answer.header("retry-after"), nowMs)
  return retryAtMs === undefined ? windows : [...windows, { name: "retry", isSpent: true, resetsAtMs: retryAtMs }]
}

const UNIFIED = "anthropic-ratelimit-unified"
/** In headers, and in `representative-claim`. */
const ANTHROPIC_WINDOWS = [
  ["5h", "five_hour"],
  ["7d", "seven_day"],
  ["7d_oi", "seven_day_overage_included"],
  ["7d_opus", "seven_day_opus"],
  ["7d_sonnet", "seven_day_sonnet"],
] as const

function anthropicWindows({ status, header }: AnswerFacts): readonly ReadWindow[] {
  const isRejected = status === TOO_MANY && header(`${UNIFIED}-status`) === "rejected"
  const claim = header(`${UNIFIED}-representative-claim`)
  return ANTHROPIC_WINDOWS.flatMap(([name, claimed]) => {
    const used = numberOf(header(`${UNIFIED}-${name}-utilization`))
    const isClaimed = isRejected && claim === claimed
    const resetsAtMs =
      secondsOf(header(`${UNIFIED}-${name}-reset`)) ?? (isClaimed ? secondsOf(header(`${UNIFIED}-reset`)) : undefined)
    if (used === undefined && !isClaimed) return []
    const isSpent = isClaimed || (status === TOO_MANY && header(`${UNIFIED}-${name}-status`) === "rejected")
    return [windowOf(name, { used: used === undefined ? undefined : used * 1000, isSpent, resetsAtMs })]
  })
}

function codexWindows({ status, header }: AnswerFacts, nowMs: number): readonly ReadWindow[] {
  return (["primary", "secondary"] as const).flatMap((name) => {
    const percent = numberOf(header(`x-codex-${name}-used-percent`))
    if (percent === undefined) return []
    const afterS = numberOf(header(`x-codex-${name}-reset-after-seconds`))
    const resetsAtMs =
      secondsOf(header(`x-codex-${name}-reset-at`)) ?? (afterS === undefined ? undefined : nowMs + afterS * 1000)
    return [windowOf(name, { used: percent * 10, isSpent: status === TOO_MANY && percent >= 100, resetsAtMs })]
  })
}

/** Says when, and not which window. */
function usageLimit({ status, body }: AnswerFacts, nowMs: number): readonly ReadWindow[] {
  if (status !== TOO_MANY || body === undefined) return []
  const error = asObject(asObject(parseJson(body))?.["error"])
  if (error?.["type"] !== "usage_limit_reached" && error?.["code"] !== "usage_limit_reached") return []
  const atS = error["resets_at"]
  const inS = error["resets_in_seconds"]
  const resetsAtMs =
    typeof atS === "number" ? inTime(atS * 1000) : typeof inS === "number" ? inTime(nowMs + inS * 1000) : undefined
  return [windowOf("limit", { used: undefined, isSpent: true, resetsAtMs })]
}

/** Seconds, or a date. */
function readRetryAfter(text: string | undefined, nowMs: number): number | undefined {
  if (text === undefined) return undefined
  const seconds = numberOf(text)
  return inTime(seconds === undefined ? Date.parse(text) : nowMs + seconds * 1000)
}

function windowOf(
  name: string,
  read: { readonly used: number | undefined; readonly isSpent: boolean; readonly resetsAtMs: number | undefined },
): ReadWindow {
  return {
    name,
    isSpent: read.isSpent,
    ...(read.used === undefined ? {} : { usedPermille: Math.min(MAX_PERMILLE, Math.round(read.used)) }),
    ...(read.resetsAtMs === undefined ? {} : { resetsAtMs: read.resetsAtMs }),
  }
}

/** Overage goes beyond the whole. */
const MAX_PERMILLE = 100_000

function numberOf(text: string | undefined): number | undefined {
  return text !== undefined && /^\d{1,12}(?:\.\d{1,12})?$/.test(text) ? Number(text) : undefined
}

function secondsOf(text: string | undefined): number | undefined {
  const seconds = numberOf(text)
  return seconds === undefined ? undefined : inTime(seconds * 1000)
}

/** Before the year 10000: later times have no ISO form. */
function inTime(atMs: number): number | undefined {
  return Number.isFinite(atMs) && atMs >= 0 && atMs < 253_402_300_800_000 ? Math.round(atMs) : undefined
}
