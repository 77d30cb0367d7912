// A run whose agent may ask its operator, in the states in which isolation must hold as without it.
// The suites of isolation run once more in each: their proxies are put into the state that the
// environment names.
//
// A test sees no difference but one: where the operator is asked and says nothing, what is not listed
// is refused with another reason.

import type { CredentialedRoute, HoldProposal, ProxyConfig } from "@bot-bottle/contracts"
import type { Ledger } from "@bot-bottle/ledger"
import { dropQuestions } from "@bot-bottle/ledger/testing"
import { MAX_PROPOSALS } from "@bot-bottle/supervise"
import { SUPERVISE_STATE } from "@bot-bottle/testkit"
import { isBare } from "../ask/granted-routes.ts"

export const SUPERVISE_STATES = ["off", "unanswered", "flooded", "broken", "granted"] as const
type State = (typeof SUPERVISE_STATES)[number]

const ASK = { onUnlisted: "ask", onMatch: "ask", askTimeoutMs: 20_000 } as const
/** No test waits for an operator that never comes. */
const UNANSWERED = { ...ASK, onMatch: "refuse", askTimeoutMs: 1 } as const
const QUIET = { ...ASK, onUnlisted: "refuse", onMatch: "refuse" } as const

export function stateOfTests(): State {
  const state = SUPERVISE_STATES.find((known) => known === SUPERVISE_STATE)
  if (state === undefined) throw new Error(`There is no state '${SUPERVISE_STATE}'`)
  return state
}

/** For a host that no route lists. */
export const UNLISTED_REASON = stateOfTests() === "unanswered" ? "awaiting-approval" : "host-not-allowed"

/** As its launcher would configure the proxy. A test's own settings win. */
export function superviseConfig(state: State): Pick<ProxyConfig, "supervise" | "internal"> {
  switch (state) {
    case "off":
      return {}
    case "unanswered":
      return { supervise: UNANSWERED }
    case "flooded":
      return { supervise: ASK }
    case "broken":
      return { supervise: ASK, internal: { supervise: "/nonexistent/ask.sock" } }
    case "granted":
      return { supervise: QUIET }
  }
}

/** Before the proxy opens. Returns the routes that stay its policy's. */
export async function prepareState(
  state: State,
  { ledger, slug, routes }: { ledger: Ledger; slug: string; routes: readonly CredentialedRoute[] },
): Promise<readonly CredentialedRoute[]> {
  if (state === "flooded") await useUpQuestions(ledger, slug)
  return state === "granted" ? grantRoutes(ledger, slug, routes) : routes
}

/** While the proxy is open. */
export function breakState(state: State, ledgerPath: string): void {
  if (state === "broken") dropQuestions(ledgerPath)
}

async function useUpQuestions(ledger: Ledger, slug: string): Promise<void> {
  for (let index = 0; index < MAX_PROPOSALS; index++) {
    const ask = holdOf({ host: `flood${index}.example.com`, port: 443, scheme: "https" })
    await ledger.propose({ slug, ask, why: "", lifetimeMs: 1 }, { actor: "agent" })
  }
}

async function grantRoutes(
  ledger: Ledger,
  slug: string,
  routes: readonly CredentialedRoute[],
): Promise<readonly CredentialedRoute[]> {
  const kept: CredentialedRoute[] = []
  for (const route of routes) {
    const asked = isGrantable(route)
      ? await ledger.propose({ slug, ask: holdOf(route), why: "", lifetimeMs: 60_000 }, { actor: "agent" })
      : undefined
    if (asked?.outcome !== "asked") kept.push(route)
    else {
      const wish = { decision: "approved", duration: "run", reason: "", actor: "op", channel: "command" } as const
      await ledger.answerProposal({ proposalId: asked.proposal.id, ...wish })
    }
  }
  return kept
}

/** One place, without a credential or a rule of its own. */
function isGrantable(route: CredentialedRoute): boolean {
  const { effect, matches, dlp, host } = route
  const isName = /^[a-z][a-z0-9.-]*[a-z]$/.test(host)
  return effect === "allow" && matches === "every" && dlp === undefined && isName && isBare(route)
}

function holdOf({ host, port, scheme }: Pick<CredentialedRoute, "host" | "port" | "scheme">): HoldProposal {
  return { kind: "hold", cause: "host-not-allowed", host, port, ...(scheme === "http" ? { scheme } : {}) }
}
