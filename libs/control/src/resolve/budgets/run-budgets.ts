// Writes down, at launch, everything about budgets that stays fixed for the run: whose
// limits it answers to, nearest first, and the limits its flag, manifests and settings declare.

import { type BudgetFlag, parseBudgetFlag } from "@bot-bottle/budget"
import {
  type BudgetLimit,
  type FanOut,
  HOST_SCOPE,
  OperatorProblem,
  type ProviderName,
  type RunBudgets,
  type Scope,
  type ShutdownPolicy,
  type Slug,
  USD,
  type Window,
} from "@bot-bottle/contracts"
import type { AgentManifest, BottleManifest, Settings } from "@bot-bottle/manifest"

export interface BudgetSources {
  readonly slug: Slug
  readonly agent: AgentManifest
  readonly bottle: BottleManifest
  /** In merge order. */
  readonly bottles: readonly string[]
  readonly settings: Settings
  readonly flag: BudgetFlag | undefined
  readonly meters: readonly ProviderName[]
  readonly policy: ShutdownPolicy
  /** Of the launch's flags. */
  readonly fanOut?: FanOut | undefined
  /** Of the launch that a resumed run began with. */
  readonly keptFlags?: readonly BudgetLimit[]
}

export function composeRunBudgets(sources: BudgetSources): RunBudgets {
  const { slug, agent, bottle, bottles, settings, policy } = sources
  const run: Scope = { kind: "run", key: slug }
  const window = settings.budgetWindow
  const bottleScope = (key: string): Scope => ({ kind: "bottle", key })

  return {
    chain: [
      run,
      { kind: "agent", key: agent.name },
      // The last named is nearest; a parent that is also named keeps its nearer place.
      ...[...new Set([...bottles.toReversed(), ...bottle.ancestors])].map(bottleScope),
      HOST_SCOPE,
    ],
    declared: [
      ...(sources.keptFlags ?? []),
      ...limitsOfFlag(sources, run),
      ...limitsOf(agent.budget, { kind: "agent", key: agent.name }, "manifest", window),
      ...bottle.budgets.map(
        ({ bottle: name, provider, limitTokens }): BudgetLimit => ({
          scope: bottleScope(name),
          provider,
          limitTokens,
          window,
          source: "manifest",
        }),
      ),
      ...limitsOf(settings.budget, HOST_SCOPE, "settings", window),
    ],
    ceilings: limitsOf(settings.ceiling, HOST_SCOPE, "settings", window),
    ...fanOutOf(sources, run),
    gate: settings.gate,
    gateExact: settings.gateExact,
    cacheReadWeight: settings.cacheReadWeight,
    policy,
  }
}

/** Nearest first, though all of them bind. */
function fanOutOf({ agent, bottle, settings, fanOut }: BudgetSources, run: Scope): Pick<RunBudgets, "fanOut"> {
  const limits = [
    ...(fanOut === undefined ? [] : [{ scope: run, ...fanOut }]),
    ...(agent.fanOut === undefined ? [] : [{ scope: { kind: "agent", key: agent.name } as const, ...agent.fanOut }]),
    ...(bottle.fanOuts ?? []).map(({ bottle: key, ...own }) => ({ scope: { kind: "bottle", key } as const, ...own })),
    ...(settings.fanOut === undefined ? [] : [{ scope: HOST_SCOPE, ...settings.fanOut }]),
  ]
  return limits.length === 0 ? {} : { fanOut: limits }
}

/** Throws OperatorProblem, as bad usage, for text that is not a budget or names a provider the run does not meter. */
export function readBudgetFlag(text: string, meters: readonly ProviderName[]): BudgetFlag {
  const flag = parseBudgetFlag(text)
  const hint =
    "--budget takes claude=2M,codex=500k, one number for each provider the run meters, or '$5' for all together"
  if (flag.outcome === "refused") throw new OperatorProblem(`--budget: ${flag.message}`, { exitCode: 2, hint })
  const stray = [...flag.byName.keys()].find((name) => name !== USD && !meters.includes(name))
  if (stray === undefined) return flag
  throw new OperatorProblem(`--budget names provider '${stray}', which this run does not meter`, {
    exitCode: 2,
    hint: meters.length === 0 ? "this run meters no provider" : `it meters ${meters.join(", ")}`,
  })
}

/** The flag's limit for each provider that the run meters. */
export function limitsOfFlag(
  { flag, meters }: Pick<BudgetSources, "flag" | "meters">,
  scope: Scope,
): readonly BudgetLimit[] {
  if (flag === undefined) return []
  const limit = (provider: ProviderName, limitTokens: number): BudgetLimit => ({
    scope,
    provider,
    limitTokens,
    window: "total",
    source: "flag",
  })
  const { everyProvider, byName } = flag
  const rest = everyProvider === undefined ? [] : meters.filter((provider) => !byName.has(provider))
  return [
    ...rest.map((provider) => limit(provider, everyProvider ?? 0)),
    ...[...byName].map(([provider, amount]) => limit(provider, amount)),
  ]
}

function limitsOf(
  budget: Readonly<Record<ProviderName, number>>,
  scope: Scope,
  source: BudgetLimit["source"],
  window: Window,
): readonly BudgetLimit[] {
  return Object.entries(budget).map(([provider, limitTokens]) => ({ scope, provider, limitTokens, window, source }))
}
