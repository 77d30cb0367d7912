// Weighs what an approval would mean for a run as it is now: the limit that it sets, and the risks for
// which the operator must type a reason.
//
// A proxy that does not answer lists no host: every host counts as new then.

import { findBindingLimits } from "@bot-bottle/budget"
import {
  type ApprovalDuration,
  type Ask,
  type BudgetLimit,
  type BudgetProposal,
  formatCount,
  HOST_SCOPE,
  type ListedRoute,
  OperatorProblem,
  type Proposal,
  type Run,
  runFolders,
  type Scope,
} from "@bot-bottle/contracts"
import type { Ledger } from "@bot-bottle/ledger"
import { decideRaise, findRisks, type Risk, type Standing } from "@bot-bottle/supervise"
import { listProxyRoutes } from "../client/control-socket.ts"
import { loadRun } from "../client/find-run.ts"
import type { HostEnv } from "../host.ts"
import { findLaunchRecord } from "../launch/launch-record.ts"

export interface WeighedApproval {
  readonly risks: readonly Risk[]
  /** Of an ask for budget. */
  readonly raise: Raise | undefined
}

export interface Raise {
  readonly limit: Omit<BudgetLimit, "source">
  /** The run's own limit of before; undefined when another scope's governed. */
  readonly limitBefore: number | undefined
}

/** Throws OperatorProblem for an approval that cannot be given: above a ceiling, of a provider that nothing limits. */
export async function weighApproval(
  { root }: Pick<HostEnv, "root">,
  ledger: Ledger,
  { id, slug }: Pick<Proposal, "id" | "slug">,
  { ask, duration }: { readonly ask: Ask; readonly duration: ApprovalDuration },
): Promise<WeighedApproval> {
  const run = await loadRun(ledger, slug)
  if (ask.kind === "budget") {
    const { raise, isAboveHost } = await weighRaise(root, ledger, run, id, ask)
    return { raise, risks: findRisks(ask, { isAboveHost, duration, isKnownHost: () => false }) }
  }
  const routes = await listProxyRoutes(runFolders(root, slug).egress)
  const isKnownHost = (host: string) => routes.some((route) => allows(route, host))
  return { raise: undefined, risks: findRisks(ask, { isAboveHost: false, duration, isKnownHost }) }
}

/** The host is listed itself: a name below a listed pattern counts as new. */
function allows({ host, effect }: ListedRoute, asked: string): boolean {
  return effect === "allow" && host === asked
}

async function weighRaise(root: string, ledger: Ledger, run: Run, id: number, { provider, tokens }: BudgetProposal) {
  const { slug } = run
  const budgets = findLaunchRecord(root, slug)?.budgets
  if (budgets === undefined || !run.meters.includes(provider)) {
    throw new OperatorProblem(`run '${slug}' meters no ${provider}`, { hint: rejectHint(id) })
  }
  const { chain, declared, ceilings } = budgets
  const limits = [...(await ledger.listBudgets()), ...declared]
  const nearestOf = (scopes: readonly Scope[]) =>
    findBindingLimits({ provider, chain: scopes, limits, ceilings: [] })[0]?.limit
  const nearest = nearestOf(chain)
  const isOwn = nearest?.scope.kind === "run"
  const runScope: Scope = { kind: "run", key: slug }
  const window = isOwn ? nearest.window : "total"
  const own = { scope: runScope, provider, limitTokens: 0, window, source: "operator" } as const

  const standing = async (limit: BudgetLimit | undefined) => limit && (await measure(ledger, limit))
  const [runStanding, nearestStanding, host] = [
    await measure(ledger, own),
    await standing(nearest),
    await standing(nearestOf([HOST_SCOPE])),
  ]
  const decision = decideRaise({
    tokens,
    nearest: nearest && nearestStanding && { ...nearestStanding, scope: nearest.scope },
    runUsedTokens: runStanding.usedTokens,
    host,
    ceilings: await Promise.all(
      ceilings.filter((ceiling) => ceiling.provider === provider).map((ceiling) => measure(ledger, ceiling)),
    ),
  })
  if (decision.outcome === "raise") {
    const limit = { scope: runScope, provider, limitTokens: decision.limitTokens, window }
    const raise: Raise = { limit, limitBefore: isOwn ? nearest.limitTokens : undefined }
    return { raise, isAboveHost: decision.isAboveHost }
  }
  if (decision.reason === "unlimited") {
    throw new OperatorProblem(`nothing limits ${provider} for run '${slug}'`, { hint: rejectHint(id) })
  }
  const room = formatCount(decision.roomTokens)
  throw new OperatorProblem(`the ceiling of ${provider} has room for ${room} more tokens, not ${formatCount(tokens)}`, {
    hint:
      decision.roomTokens === 0
        ? `raise 'ceiling' in settings.yml, or reject it: bot-bottle supervise reject ${id} --reason …`
        : `grant fewer: bot-bottle supervise edit ${id}`,
  })
}

async function measure(ledger: Ledger, limit: BudgetLimit): Promise<Standing> {
  const [measured] = await ledger.measureLimits([limit])
  const { usedTokens = 0, reservedTokens = 0 } = measured ?? {}
  return { limitTokens: limit.limitTokens, usedTokens: usedTokens + reservedTokens }
}

function rejectHint(id: number): string {
  return `bot-bottle supervise reject ${id} --reason …`
}
