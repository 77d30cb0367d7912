// Reads the arguments of the `ask` command and words the answers. Pure. Runs in a bottle, so it
// imports nothing but its neighbors.

import { readWords } from "../read-words.ts"
import { fieldsOf } from "../rpc-answer.ts"

export type AskCall =
  | {
      readonly outcome: "call"
      readonly method: string
      readonly params: Readonly<Record<string, unknown>>
      readonly isJson: boolean
    }
  | { readonly outcome: "help" }
  | { readonly outcome: "usage"; readonly problem: string }

export const ASK_HELP = `ask: ask the operator of this run for more

  ask route registry.npmjs.org --why "to install the tests' packages"
            [--method GET]... [--path /left-pad]...
  ask budget claude 500k --why "the last test still fails"
  ask status                             budget left, and what became of each question
  ask routes                             the hosts that this run may reach now

A question returns at once; its answer comes later. Continue with other work meanwhile.
--json prints the answer as JSON. Exit: 0 done, 2 usage, 3 refused, 4 nobody can be asked.`

interface Verb {
  readonly method: string
  /** Names of the words after the verb. */
  readonly positional: readonly ("host" | "provider" | "tokens")[]
  readonly flags: Readonly<Record<string, "one" | "list">>
}

const VERBS: Readonly<Record<string, Verb>> = {
  route: { method: "propose_route", positional: ["host"], flags: { why: "one", method: "list", path: "list" } },
  budget: { method: "request_budget", positional: ["provider", "tokens"], flags: { why: "one" } },
  status: { method: "status", positional: [], flags: {} },
  routes: { method: "list_routes", positional: [], flags: {} },
}
/** Names of the lists in a call. */
const LISTS: Readonly<Record<string, string>> = { method: "methods", path: "paths" }

export function parseAskArguments(args: readonly string[]): AskCall {
  const [name = "", ...rest] = args
  if (name === "" || name === "--help" || name === "-h" || name === "help") return { outcome: "help" }
  const verb = Object.hasOwn(VERBS, name) ? VERBS[name] : undefined
  if (verb === undefined) return usage(`unknown command '${name}'`)

  const read = readWords(name, rest, Object.keys(verb.flags))
  if (read.outcome === "usage") return read
  const { positional, isJson } = read
  const params: Record<string, unknown> = {}
  for (const [flag, values] of read.flags) {
    const list = verb.flags[flag] === "list" ? LISTS[flag] : undefined
    params[list ?? flag] = list === undefined ? values.at(-1) : values
  }
  if (positional.length !== verb.positional.length)
    return usage(`'${name}' takes ${verb.positional.join(" and ") || "no words"}`)
  if (verb.flags["why"] !== undefined && params["why"] === undefined) return usage(`'${name}' needs --why`)
  for (const [index, word] of verb.positional.entries()) {
    const text = positional[index] ?? ""
    const value = word === "tokens" ? parseTokens(text) : text
    if (value === undefined) return usage(`'${text}' is not a count of tokens; use 500000, 500k or 2M`)
    params[word] = value
  }
  return { outcome: "call", method: verb.method, params, isJson }
}

const FACTORS: Readonly<Record<string, number>> = { "": 1, k: 1e3, m: 1e6, b: 1e9 }

function parseTokens(text: string): number | undefined {
  const [, digits = "", unit = ""] = /^(\d{1,12})([kKmMbB]?)$/.exec(text) ?? []
  const tokens = Number(digits) * (FACTORS[unit.toLowerCase()] ?? 0)
  return tokens > 0 ? tokens : undefined
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : []
}

function usage(problem: string): AskCall {
  return { outcome: "usage", problem }
}

/** An answer as people read it. */
export function formatAskResult(method: string, result: unknown): string {
  if (method === "list_routes") return listOf(result).map(formatRoute).join("\n")
  const fields = fieldsOf(result)
  if (method !== "status") return String(fields["message"])
  const budgets = listOf(fields["budgets"]).map((budget) => formatBudget(fieldsOf(budget)))
  const questions = listOf(fields["questions"]).map((question) => formatQuestion(fieldsOf(question)))
  return [
    `egress: ${String(fields["egress"])}`,
    ...budgets,
    ...(questions.length === 0 ? ["no questions"] : questions),
  ].join("\n")
}

function formatBudget({ provider, limit_tokens: limit, left_tokens: left }: Readonly<Record<string, unknown>>): string {
  return limit === null
    ? `${String(provider)}: no limit`
    : `${String(provider)}: ${String(left)} of ${String(limit)} tokens left`
}

function formatQuestion({ id, kind, ask, state, reason, ...more }: Readonly<Record<string, unknown>>): string {
  const asked = Object.values(fieldsOf(ask)).map((value) => (Array.isArray(value) ? value.join(",") : String(value)))
  const duration = more["for"] === undefined ? "" : ` for ${String(more["for"])}`
  const words = reason === undefined ? "" : `: ${String(reason)}`
  return `#${String(id)} ${String(kind)} ${asked.join(" ")}: ${String(state)}${duration}${words}`
}

function formatRoute(route: unknown): string {
  const { effect, scheme, host, port, matches } = fieldsOf(route)
  const rules = matches === "every" ? "" : " (some requests)"
  return `${effect === "deny" ? "denied " : ""}${String(scheme)}://${String(host)}:${String(port)}${rules}`
}
