// Reads budgets as people type them: `1500`, `500k`, `2M`, `claude=2M,codex=500k`, and the
// scopes they are set for: `host`, `bottle:dev`, `agent:impl`, `run:impl-abc12`.
//
// Half a token, a negative, an unknown suffix or a name given twice is a named problem.
// Nothing is rounded or guessed: a budget misread is money spent.

import { FLEET_SCOPE, formatUsd, HOST_SCOPE, type ProviderName, type Scope, USD } from "@bot-bottle/contracts"
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

export interface BudgetFlag {
  readonly outcome: "parsed"
  /** Tokens of each provider that the run meters. */
  readonly everyProvider: number | undefined
  /** Tokens by provider, and micro-dollars by `usd`. */
  readonly byName: ReadonlyMap<ProviderName, number>
}

/** Zeros that a suffix stands for. */
const SUFFIX_ZEROS: Readonly<Record<string, number>> = { "": 0, k: 3, m: 6, b: 9 }
const NUMBER = /^([+-]?)(\$?)(\d+(?:_\d+)*|\d{1,3}(?:,\d{3})+)(?:\.(\d+))?\s*([a-z]*)$/i
/** Digits of a dollar behind the point: a micro-dollar is the smallest part. */
const USD_ZEROS = 6

/** A whole number of tokens, with or without `k`, `M` or `B`. A YAML number is as good as its text. */
export function parseTokenCount(value: unknown): TokenCountResult {
  return parseAmount(value, TOKENS)
}

/** A limit of this name: tokens, or for `usd` dollars as `5`, `$0.25` or `$2k`, in micro-dollars. */
export function parseLimit(name: ProviderName, value: unknown): TokenCountResult {
  return parseAmount(value, name === USD ? DOLLARS : TOKENS)
}

interface Unit {
  readonly name: "tokens" | "dollars"
  readonly zeros: number
  readonly tooFine: string
}

const TOKENS: Unit = { name: "tokens", zeros: 0, tooFine: "a whole number of tokens" }
const DOLLARS: Unit = { name: "dollars", zeros: USD_ZEROS, tooFine: "whole micro-dollars: use six digits at most" }

function parseAmount(value: unknown, unit: Unit): TokenCountResult {
  const text = typeof value === "number" ? numberText(value) : typeof value === "string" ? value.trim() : undefined
  const wanted = `a number of ${unit.name}`
  if (text === undefined) return refuse("not-a-number", `A budget is ${wanted}, not ${describe(value)}`)
  if (text === "") return refuse("empty", `A budget is ${wanted}, and this one is empty`)

  const match = NUMBER.exec(text)
  if (!match) return refuse("not-a-number", `'${text}' is not ${wanted}`)
  const [, sign, dollar, whole = "", fraction = "", suffix = ""] = match
  if (dollar === "$" && unit !== DOLLARS) return refuse("not-a-number", `'${text}' is dollars, not ${wanted}: use usd`)
  const zeros = SUFFIX_ZEROS[suffix.toLowerCase()]
  if (zeros === undefined) return refuse("unknown-suffix", `'${text}' ends in '${suffix}': use k, M or B`)
  if (sign === "-") return refuse("negative", `'${text}' is negative: a budget is 0 or more ${unit.name}`)
  return scaled(text, whole.replaceAll(/[_,]/g, ""), fraction, { ...unit, zeros: zeros + unit.zeros })
}

/** The argument of `budget set`: a new limit, or `+100k` (`-100k`, `+$5`) as a change of the limit in force. */
export type BudgetChange =
  | { readonly outcome: "parsed"; readonly kind: "limit"; readonly tokens: number }
  | { readonly outcome: "parsed"; readonly kind: "raise" | "lower"; readonly tokens: number }

const CHANGES = { "+": "raise", "-": "lower" } as const

export function parseBudgetChange(name: ProviderName, text: string): BudgetChange | BudgetProblem {
  const trimmed = text.trim()
  const kind = trimmed.startsWith("+") || trimmed.startsWith("-") ? CHANGES[trimmed[0] as "+" | "-"] : "limit"
  const digits = kind === "limit" ? trimmed : trimmed.slice(1)
  if (kind !== "limit" && /^\s*[+-]/.test(digits)) return refuse("not-a-number", `'${trimmed}' has two signs`)
  const count = parseLimit(name, digits)
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

/** As `parseLimit` reads it, without a character that a shell expands: `200k`, or `2.5` dollars. */
export function formatLimit(name: ProviderName, amount: number): string {
  return name === USD ? formatUsd(amount).replaceAll(/[$,]|\.00$/g, "") : formatTokenCount(amount)
}

/**
 * `--budget`: one number for every provider, `name=number` pairs, `$5` (or `usd=5`) for what they cost together; or
 * several of these.
 */
export function parseBudgetFlag(text: string): BudgetFlag | BudgetProblem {
  let everyProvider: number | undefined
  const byName = new Map<ProviderName, number>()
  // A comma before three digits groups a number; any other one ends a part.
  for (const part of text.split(/,(?!\d{3}(?:\D|$))/)) {
    const { name, amount } = nameOf(part)
    if (name === undefined && text.includes("=")) {
      return refuse("missing-provider", `'${part}' is not provider=tokens`)
    }
    const count = parseLimit(name ?? "", amount)
    if (count.outcome === "refused") {
      return name === undefined ? count : { ...count, message: `Budget of ${name}: ${count.message}` }
    }
    if (name === undefined ? everyProvider !== undefined : byName.has(name)) {
      return refuse("duplicate-provider", `The budget of ${name ?? "every provider"} is given twice`)
    }
    if (name === undefined) everyProvider = count.tokens
    else byName.set(name, count.tokens)
  }
  return { outcome: "parsed", everyProvider, byName }
}

function nameOf(part: string): { readonly name: ProviderName | undefined; readonly amount: string } {
  if (part.trim().startsWith("$")) return { name: USD, amount: part }
  const [name = "", amount, ...rest] = part.split("=")
  if (amount === undefined || rest.length > 0 || name.trim() === "") return { name: undefined, amount: part }
  return { name: name.trim(), amount }
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

function scaled(text: string, whole: string, fraction: string, { zeros, name, tooFine }: Unit): TokenCountResult {
  const digits = fraction.replace(/0+$/, "")
  if (digits.length > zeros) return refuse("fraction-of-a-token", `'${text}' is not ${tooFine}`)
  const tokens = BigInt(whole + digits.padEnd(zeros, "0"))
  if (tokens > BigInt(MAX_TOKENS)) return refuse("too-large", `'${text}' is more ${name} than bot-bottle can count`)
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
