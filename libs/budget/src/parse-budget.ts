// Reads budgets as people type them: `1500`, `500k`, `2M`, `claude=2M,codex=500k`, and the
// scopes they are set for: `host`, `bottle:dev`, `agent:impl`, `run:impl-abc12`.
//
// Half a token, a negative, an unknown suffix or a name given twice is a named problem.
// Nothing is rounded or guessed: a budget misread is money spent.

import { FLEET_SCOPE, HOST_SCOPE, type ProviderName, type Scope } from "@bot-bottle/contracts"
import { MAX_TOKENS } from "./charge.ts"

export interface BudgetProblem {
  readonly outcome: "refused"
  readonly reason:
    | "empty"
    | "not-a-number"
    | "negative"
    | "fraction-of-a-token"
    | "unknown-suffix"
    | "too-large"
    | "missing-provider"
    | "duplicate-provider"
    | "unknown-scope"
  /** One sentence for a person. */
  readonly message: string
}

export type TokenCountResult = { readonly outcome: "parsed"; readonly tokens: number } | BudgetProblem

export type BudgetFlag =
  | { readonly outcome: "parsed"; readonly kind: "every-provider"; readonly tokens: number }
  | { readonly outcome: "parsed"; readonly kind: "by-provider"; readonly tokens: ReadonlyMap<ProviderName, number> }

/** Zeros that a suffix stands for. */
const SUFFIX_ZEROS: Readonly<Record<string, number>> = { "": 0, k: 3, m: 6, b: 9 }
const NUMBER = /^([+-]?)(\d+(?:_\d+)*|\d{1,3}(?:,\d{3})+)(?:\.(\d+))?\s*([a-z]*)$/i

/** A whole number of tokens, with or without `k`, `M` or `B`. A YAML number is as good as its text. */
export function parseTokenCount(value: unknown): TokenCountResult {
  const text = typeof value === "number" ? numberText(value) : typeof value === "string" ? value.trim() : undefined
  if (text === undefined) return refuse("not-a-number", `A budget is a number of tokens, not ${describe(value)}`)
  if (text === "") return refuse("empty", "A budget is a number of tokens, and this one is empty")

  const match = NUMBER.exec(text)
  if (!match) return refuse("not-a-number", `'${text}' is not a number of tokens`)
  const [, sign, whole = "", fraction = "", suffix = ""] = match
  const zeros = SUFFIX_ZEROS[suffix.toLowerCase()]
  if (zeros === undefined) return refuse("unknown-suffix", `'${text}' ends in '${suffix}': use k, M or B`)
  if (sign === "-") return refuse("negative", `'${text}' is negative: a budget is 0 or more tokens`)
  return scaled(text, whole.replaceAll(/[_,]/g, ""), fraction, zeros)
}

/** The argument of `budget set`: a new limit, or `+100k` on top of the limit in force. */
export type BudgetChange =
  | { readonly outcome: "parsed"; readonly kind: "limit"; readonly tokens: number }
  | { readonly outcome: "parsed"; readonly kind: "raise"; readonly tokens: number }

export function parseBudgetChange(text: string): BudgetChange | BudgetProblem {
  const trimmed = text.trim()
  const kind = trimmed.startsWith("+") ? "raise" : "limit"
  const digits = kind === "limit" ? trimmed : trimmed.slice(1)
  if (kind !== "limit" && /^\s*[+-]/.test(digits)) return refuse("not-a-number", `'${trimmed}' has two signs`)
  const count = parseTokenCount(digits)
  return count.outcome === "refused" ? count : { ...count, kind }
}

/** `200k`, `1.5M`, `1500`: exact, and as `parseTokenCount` reads it. */
export function formatTokenCount(tokens: number): string {
  for (const [suffix, zeros] of [
    ["M", 6],
    ["k", 3],
  ] as const) {
    const scaledTokens = tokens / 10 ** zeros
    if (scaledTokens >= 1 && Number.isInteger(scaledTokens * 10)) return `${scaledTokens}${suffix}`
  }
  return String(tokens)
}

/** `--budget`: one number for every provider, or `name=number` pairs. */
export function parseBudgetFlag(text: string): BudgetFlag | BudgetProblem {
  if (!text.includes("=")) {
    const count = parseTokenCount(text)
    return count.outcome === "parsed" ? { ...count, kind: "every-provider" } : count
  }
  const tokens = new Map<ProviderName, number>()
  // A comma before three digits groups a number; any other one ends a pair.
  for (const pair of text.split(/,(?!\d{3}(?:\D|$))/)) {
    const [provider = "", ...rest] = pair.split("=")
    const name = provider.trim()
    if (name === "" || rest.length !== 1) return refuse("missing-provider", `'${pair}' is not provider=tokens`)
    if (tokens.has(name)) return refuse("duplicate-provider", `The budget of ${name} is given twice`)
    const count = parseTokenCount(rest[0])
    if (count.outcome === "refused") return { ...count, message: `Budget of ${name}: ${count.message}` }
    tokens.set(name, count.tokens)
  }
  return { outcome: "parsed", kind: "by-provider", tokens }
}

/** The scope a `budget` command names. */
export function parseScope(text: string): { readonly outcome: "parsed"; readonly scope: Scope } | BudgetProblem {
  if (text === "host") return { outcome: "parsed", scope: HOST_SCOPE }
  if (text === "fleet") return { outcome: "parsed", scope: FLEET_SCOPE }
  const match = /^(run|agent|bottle):(.+)$/s.exec(text)
  const [, kind, key = ""] = match ?? []
  if (kind !== "run" && kind !== "agent" && kind !== "bottle") {
    return refuse(
      "unknown-scope",
      `'${text}' is not a scope: use host, fleet, bottle:<name>, agent:<name> or run:<slug>`,
    )
  }
  return { outcome: "parsed", scope: { kind, key } }
}

/** `host`, `bottle:dev`: what `parseScope` reads. */
export function formatScope({ kind, key }: Scope): string {
  return key === "" ? kind : `${kind}:${key}`
}

function scaled(text: string, whole: string, fraction: string, zeros: number): TokenCountResult {
  const digits = fraction.replace(/0+$/, "")
  if (digits.length > zeros) return refuse("fraction-of-a-token", `'${text}' is not a whole number of tokens`)
  const tokens = BigInt(whole + digits.padEnd(zeros, "0"))
  if (tokens > BigInt(MAX_TOKENS)) return refuse("too-large", `'${text}' is more tokens than can be counted`)
  return { outcome: "parsed", tokens: Number(tokens) }
}

/** Without an exponent, which no person types: 1e21 is then refused by its own digits. */
function numberText(value: number): string | undefined {
  if (!Number.isFinite(value)) return undefined
  return Number.isInteger(value) ? BigInt(value).toString() : String(value)
}

function describe(value: unknown): string {
  return value === null ? "nothing" : typeof value === "number" ? String(value) : `a ${typeof value}`
}

function refuse(reason: BudgetProblem["reason"], message: string): BudgetProblem {
  return { outcome: "refused", reason, message }
}
