// The calls by which an agent asks its operator: one table, served over MCP, JSON-RPC and the
// `ask` command alike. Shapes only: libs/supervise judges an ask, the ledger keeps the caps.
//
// There is no call for a tool to be installed: nothing installs into a bottle that runs. A call that
// is always refused would only cost agents a turn.

import type { ShownMethod } from "@bot-bottle/agent-calls"
import * as v from "valibot"

const MAX_TEXT = 2_048

const why = v.pipe(
  v.string(),
  v.minLength(1),
  v.maxBytes(MAX_TEXT),
  v.description("Why you need it, in a sentence or two. The operator reads it"),
)
const texts = (what: string) =>
  v.optional(
    v.pipe(v.array(v.pipe(v.string(), v.minLength(1), v.maxLength(1_024))), v.maxLength(16), v.description(what)),
  )

export const routeParams = v.strictObject({
  host: v.pipe(
    v.string(),
    v.minLength(1),
    v.maxLength(260),
    v.description("One host name, such as registry.npmjs.org; *.example.com is every name below it"),
  ),
  methods: texts("HTTP methods; every one when absent"),
  paths: texts("Prefixes of paths, such as /repos/acme/; every path when absent"),
  why,
})

export const budgetParams = v.strictObject({
  provider: v.pipe(v.string(), v.minLength(1), v.maxLength(64), v.description("As status names it, such as claude")),
  tokens: v.pipe(
    v.number(),
    v.safeInteger(),
    v.minValue(1),
    v.maxValue(1_000_000_000_000),
    v.description("How many more than the run may use now"),
  ),
  why,
})

export const noParams = v.strictObject({})

const READS = { readOnlyHint: true, destructiveHint: false, openWorldHint: false } as const
const ASKS = { readOnlyHint: false, destructiveHint: false, openWorldHint: true } as const

export type MethodName = "propose_route" | "request_budget" | "list_routes" | "status"

export const METHODS: Readonly<Record<MethodName, ShownMethod>> = {
  propose_route: {
    title: "Ask for a host",
    description:
      "Asks the operator to let this run reach a host. Returns at once with the number of the question; status tells the answer.",
    params: routeParams,
    annotations: ASKS,
  },
  request_budget: {
    title: "Ask for tokens",
    description:
      "Asks the operator for more tokens of a provider. Returns at once with the number of the question; status tells the answer.",
    params: budgetParams,
    annotations: ASKS,
  },
  list_routes: {
    title: "List the hosts",
    description: "Lists the hosts that this run may reach now, with their methods and paths.",
    params: noParams,
    annotations: READS,
  },
  status: {
    title: "Budget and answers",
    description: "Tells the budget that is left, and what became of each question of this run.",
    params: noParams,
    annotations: READS,
  },
}
