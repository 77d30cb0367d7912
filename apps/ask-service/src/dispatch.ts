// Makes one call of an agent: its parameters, the judgement of the ask, and the question in the
// ledger. The caps of a run are the ledger's, so that no process can ask around them.
//
// A cutoff leaves these calls open: asking for budget is what a run that has none is to do.

import type { CallOutcome, CallRefusal, Dispatch, EgressState } from "@bot-bottle/agent-calls"
import { describeInvalidParams } from "@bot-bottle/agent-calls"
import type { Ask, ControlStanding, ListedRoute, Slug } from "@bot-bottle/contracts"
import type { Ledger } from "@bot-bottle/ledger"
import { ASK_LIFETIME_MS, MAX_PENDING, MAX_PROPOSALS, parseAsk, parseWhy } from "@bot-bottle/supervise"
import * as v from "valibot"
import { describeProposal } from "./describe-proposal.ts"
import { budgetParams, type MethodName, noParams, routeParams } from "./methods.ts"
import type { ProxyLink } from "./proxy-link.ts"

export interface DispatchOptions {
  readonly slug: Slug
  readonly ledger: Pick<Ledger, "propose" | "proposalsOf" | "governingBudget">
  readonly proxy: ProxyLink
  readonly nowMs: () => number
  readonly reportFailure: (error: unknown) => void
}

/** An agent that starts many calls at once waits for none of them. */
const MAX_CALLS_AT_ONCE = 8
const ACTOR = { actor: "agent" } as const

type Call = (params: unknown, egress: EgressState) => Promise<CallOutcome>

export function createDispatch({ slug, ledger, proxy, nowMs, reportFailure }: DispatchOptions): Dispatch {
  const calls: Readonly<Record<MethodName, Call>> = {
    async propose_route(params) {
      const { host, methods, paths, why } = v.parse(routeParams, params)
      const given = { kind: "route", host, ...(methods && { methods }), ...(paths && { paths }) }
      return put(given, why, async (ask) => {
        if (ask.kind !== "route") throw new Error(`Judged as a ${ask.kind}`)
        return findRouteRefusal(ask, await proxy.readStanding())
      })
    },
    async request_budget(params) {
      const { provider, tokens, why } = v.parse(budgetParams, params)
      return put({ kind: "budget", provider, tokens }, why, async () => {
        const { providers } = await proxy.readStanding()
        if (providers.includes(provider)) return undefined
        const known = providers.length === 0 ? "none" : providers.join(", ")
        return refused("out-of-scope", `this run has no budget of that provider; its providers: ${known}`)
      })
    },
    async list_routes(params) {
      v.parse(noParams, params)
      const { routes } = await proxy.readStanding()
      return { outcome: "done", result: routes.map(showRoute) }
    },
    async status(params, egress) {
      v.parse(noParams, params)
      const proposals = (await ledger.proposalsOf(slug)).map((proposal) => describeProposal(proposal, nowMs()))
      // A proxy that does not answer hides the budgets alone.
      const budgets = await readBudgets().catch(() => null)
      return { outcome: "done", result: { egress, budgets, questions: proposals } }
    },
  }

  async function put(
    given: unknown,
    text: string,
    findRefusal: (ask: Ask) => Promise<CallOutcome | undefined>,
  ): Promise<CallOutcome> {
    const parsed = parseAsk(given)
    if (parsed.outcome === "invalid") return refused("invalid-params", parsed.problem)
    const said = parseWhy(text)
    if (said.outcome === "invalid") return refused("invalid-params", said.problem)
    const refusal = await findRefusal(parsed.ask)
    if (refusal !== undefined) return refusal

    const asked = await ledger.propose({ slug, ask: parsed.ask, why: said.why, lifetimeMs: ASK_LIFETIME_MS }, ACTOR)
    switch (asked.outcome) {
      case "refused":
        return refused("cap-reached", CAPS[asked.reason])
      case "asked":
        // Not awaited by the agent: the proxy looks by itself after a while.
        void proxy.poke()
        return pending(asked.proposal.id)
      case "standing":
        return pending(asked.proposal.id)
    }
  }

  async function readBudgets(): Promise<readonly object[]> {
    const { budgets, providers } = await proxy.readStanding()
    const governing = await Promise.all(providers.map((provider) => ledger.governingBudget(budgets, provider)))
    return providers.map((provider, index) => {
      const one = governing[index]
      if (one === undefined) return { provider, limit_tokens: null, left_tokens: null }
      const { limitTokens, usedTokens, reservedTokens } = one
      const left = Math.max(0, limitTokens - usedTokens - reservedTokens)
      return { provider, limit_tokens: limitTokens, used_tokens: usedTokens, left_tokens: left }
    })
  }

  let underWay = 0
  return async (name, params, egress) => {
    if (!isMethod(name, calls)) return refused("unknown-method", `unknown method ${JSON.stringify(name.slice(0, 64))}`)
    if (underWay >= MAX_CALLS_AT_ONCE)
      return refused("too-many-calls", `more than ${MAX_CALLS_AT_ONCE} calls at once; try again`)
    underWay += 1
    try {
      return await calls[name](params ?? {}, egress)
    } catch (error) {
      if (error instanceof v.ValiError) return refused("invalid-params", describeInvalidParams(error.issues[0]))
      reportFailure(error)
      return refused("unavailable", "the operator cannot be asked now; try again later")
    } finally {
      underWay -= 1
    }
  }
}

const CAPS = {
  "too-many-proposals": `this run has asked ${MAX_PROPOSALS} questions, which is all that it may ask`,
  "too-many-pending": `${MAX_PENDING} questions wait for an answer; ask again once one is answered`,
  "run-ended": "this run has ended",
} as const

function isMethod(name: string, calls: object): name is MethodName {
  return Object.hasOwn(calls, name)
}

/** The bottle has its own rule for some hosts, which no answer changes. */
function findRouteRefusal(
  { host }: Extract<Ask, { kind: "route" }>,
  { routes, sealed }: ControlStanding,
): CallOutcome | undefined {
  if (sealed.includes(host))
    return refused("out-of-scope", "the bottle's route for this host cannot be widened while it runs; tell your user")
  const own = routes.filter((route) => route.host === host && route.port === 443)
  if (own.some(({ effect, matches }) => effect === "deny" && matches === "every"))
    return refused("out-of-scope", "the bottle denies this host; only your user can change that")
  const isOpen = own.some(
    ({ effect, scheme, matches }) => effect === "allow" && scheme === "https" && matches === "every",
  )
  return isOpen ? { outcome: "done", result: { message: `${host} is listed already`, state: "approved" } } : undefined
}

function showRoute({ host, port, scheme, effect, matches }: ListedRoute): object {
  return { host, port, scheme, effect, matches }
}

function pending(id: number): CallOutcome {
  return { outcome: "done", result: { message: `pending #${id}`, id, state: "pending" } }
}

function refused(reason: CallRefusal, message: string): CallOutcome {
  return { outcome: "refused", reason, message }
}
