// Every limit that is in force on this host, and who said so: `budget set`, a flag of a live run,
// an agent, a bottle, settings.yml. A manifest that cannot be used is left out: it stops its own
// runs, and `doctor` names it.

import { isSameScope } from "@bot-bottle/budget"
import {
  type BudgetLimit,
  HOST_SCOPE,
  LIMIT_SOURCES,
  OperatorProblem,
  type Scope,
  type Window,
} from "@bot-bottle/contracts"
import { type BottleManifest, type ManifestLibrary, type Settings, shownPath } from "@bot-bottle/manifest"

export interface KnownLimit extends BudgetLimit {
  /** For a person: `budget set`, `~/.bot-bottle/bottles/dev.md`. */
  readonly from: string
  readonly isCeiling: boolean
}

export interface LimitPlaces {
  /** Those of `budget set`. */
  readonly operator: readonly BudgetLimit[]
  readonly settings: Settings
  readonly settingsFile: string
  readonly library: ManifestLibrary
  /** The limits that flags of live runs declared. */
  readonly flags: readonly BudgetLimit[]
}

/** Host first, then bottles, agents and runs; of one scope and provider only what counts, and the ceiling. */
export function listLimits(places: LimitPlaces): readonly KnownLimit[] {
  const { operator, settings, settingsFile, flags } = places
  const settingsPath = shownPath(settingsFile)
  const window = settings.budgetWindow
  const all: readonly KnownLimit[] = [
    ...operator.map((limit) => ({ ...limit, from: "budget set", isCeiling: false })),
    ...flags.map((limit) => ({ ...limit, from: "--budget", isCeiling: false })),
    ...listDeclared(places, window),
    ...limitsOf(settings.budget, { scope: HOST_SCOPE, window, source: "settings", from: settingsPath }),
  ]
  const ceilings = limitsOf(settings.ceiling, { scope: HOST_SCOPE, window, source: "settings", from: settingsPath })
  return [
    ...all.filter((limit) => !all.some((other) => replaces(other, limit))),
    ...ceilings.map((ceiling) => ({ ...ceiling, isCeiling: true })),
  ].sort(byScope)
}

function listDeclared({ library }: LimitPlaces, window: Window): readonly KnownLimit[] {
  const agents = library.listAgents().flatMap((agent) => {
    if (agent.outcome === "broken") return []
    const { name, budget, file } = agent.manifest
    return limitsOf(budget, { scope: { kind: "agent", key: name }, window, source: "manifest", from: shownPath(file) })
  })
  const bottles = library.listBottles().flatMap((bottle) => bottleLimits(library, bottle, window))
  return [...agents, ...bottles]
}

function bottleLimits(
  library: ManifestLibrary,
  listed: { readonly name: string },
  window: Window,
): readonly KnownLimit[] {
  const composed = findComposed(library, listed.name)
  if (composed === undefined) return []
  return composed.budgets
    .filter(({ bottle }) => bottle === listed.name)
    .map(({ provider, limitTokens }) => ({
      scope: { kind: "bottle", key: listed.name },
      provider,
      limitTokens,
      window,
      source: "manifest",
      from: shownPath(composed.file),
      isCeiling: false,
    }))
}

/** Undefined when its file, or an ancestor's, cannot be used. */
function findComposed(library: ManifestLibrary, name: string): BottleManifest | undefined {
  try {
    return library.loadBottles([name])
  } catch (error) {
    if (error instanceof OperatorProblem) return undefined
    throw error
  }
}

function limitsOf(
  budget: Settings["budget"],
  common: Pick<KnownLimit, "scope" | "window" | "source" | "from">,
): readonly KnownLimit[] {
  return Object.entries(budget).map(([provider, limitTokens]) => ({
    ...common,
    provider,
    limitTokens,
    isCeiling: false,
  }))
}

function replaces(other: KnownLimit, limit: KnownLimit): boolean {
  const stronger = LIMIT_SOURCES.indexOf(other.source) < LIMIT_SOURCES.indexOf(limit.source)
  return stronger && other.provider === limit.provider && isSameScope(other.scope, limit.scope)
}

const ORDER = Object.keys({ fleet: 0, host: 0, bottle: 0, agent: 0, run: 0 } satisfies Record<Scope["kind"], 0>)

function byScope(a: KnownLimit, b: KnownLimit): number {
  const kinds = ORDER.indexOf(a.scope.kind) - ORDER.indexOf(b.scope.kind)
  if (kinds !== 0) return kinds
  return a.scope.key.localeCompare(b.scope.key) || a.provider.localeCompare(b.provider)
}
