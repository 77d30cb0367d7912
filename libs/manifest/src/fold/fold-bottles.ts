// Folds bottles into one: the merge rules of the product, and nothing else.
//
// Mappings merge key by key and the later word wins; routes replace what was inherited for
// the same host; an explicit empty mapping or list clears what came before it. Launch-time
// composition (`--bottle a --bottle b`) and `extends` are the same fold.

import type { Dlp, MatchRule, ServerToolRule, UnlistedRule } from "@bot-bottle/contracts"
import type { BottleLayer } from "../bottle.ts"
import type { AgentProviderFields } from "../keys/agent-provider.ts"
import type { EgressFields } from "../keys/egress.ts"
import type { FanOutFields } from "../keys/fan-out.ts"
import type { ForgeFields } from "../keys/forge.ts"
import type { GitFields, GitRepoFields, GitUserFields } from "../keys/git.ts"
import type { LimitFields } from "../keys/limits.ts"
import type { EnvValue, RouteSpec } from "../manifest.ts"

import type { Entries, Fields, Sourced } from "../yaml/fields.ts"

/** All layers folded, every value still with its file and line. */
export interface FoldedBottle {
  readonly env: Entries<EnvValue>
  readonly agentProvider: Fields<AgentProviderFields>
  readonly logLevel: Sourced<0 | 1 | 2> | undefined
  readonly dlp: Sourced<Dlp> | undefined
  readonly serverTools: Sourced<ServerToolRule> | undefined
  readonly onUnlisted: Sourced<UnlistedRule> | undefined
  readonly onMatch: Sourced<MatchRule> | undefined
  readonly askTimeout: Sourced<number> | undefined
  readonly routes: readonly Sourced<readonly RouteSpec[]>[]
  readonly gitUser: Fields<GitUserFields>
  readonly gitRepos: Entries<Fields<GitRepoFields>>
  readonly requireGitleaks: Sourced<boolean> | undefined
  readonly forge: Fields<ForgeFields>
  /** By the bottle that declares it, in the order of folding. */
  readonly budgets: Readonly<Record<string, Entries<number>>>
  /** By the bottle that declares it. */
  readonly fanOuts: Readonly<Record<string, Fields<FanOutFields>>>
  readonly shutdown: BottleLayer["shutdown"]
  readonly onLimit: BottleLayer["on_limit"]
  readonly limits: Fields<LimitFields>
  readonly image: BottleLayer["image"]
  readonly workspace: BottleLayer["workspace"]
  readonly workspacePath: BottleLayer["workspace_path"]
  readonly workspaceHide: readonly Sourced<string>[]
  readonly supervise: BottleLayer["supervise"]
}

const NO_EGRESS = {
  logLevel: undefined,
  dlp: undefined,
  serverTools: undefined,
  onUnlisted: undefined,
  onMatch: undefined,
  askTimeout: undefined,
  routes: [],
} as const

const NOTHING: FoldedBottle = {
  env: {},
  agentProvider: {},
  ...NO_EGRESS,
  gitUser: {},
  gitRepos: {},
  requireGitleaks: undefined,
  forge: {},
  budgets: {},
  fanOuts: {},
  shutdown: undefined,
  onLimit: undefined,
  limits: {},
  image: undefined,
  workspace: undefined,
  workspacePath: undefined,
  workspaceHide: [],
  supervise: undefined,
}

export function foldBottles(layers: readonly BottleLayer[]): FoldedBottle {
  return layers.reduce(foldLayer, NOTHING)
}

function foldLayer(earlier: FoldedBottle, layer: BottleLayer): FoldedBottle {
  return {
    ...earlier,
    env: mergeKeys(earlier.env, layer.env?.value),
    agentProvider: mergeProvider(earlier.agentProvider, layer.agent_provider?.value),
    ...foldEgress(earlier, layer.egress?.value),
    ...foldGit(earlier, layer.git?.value),
    forge: mergeKeys(earlier.forge, layer.forge?.value),
    budgets: foldBudget(earlier.budgets, layer),
    fanOuts: foldFanOut(earlier.fanOuts, layer),
    shutdown: layer.shutdown ?? earlier.shutdown,
    onLimit: layer.on_limit ?? earlier.onLimit,
    limits: mergeKeys(earlier.limits, layer.limits?.value),
    image: layer.image ?? earlier.image,
    workspace: layer.workspace ?? earlier.workspace,
    workspacePath: layer.workspace_path ?? earlier.workspacePath,
    workspaceHide: mergeHide(earlier.workspaceHide, layer.workspace_hide?.value),
    supervise: layer.supervise ?? earlier.supervise,
  }
}

/** Absent keeps, empty clears, else the later word wins key by key. */
function mergeKeys<M extends object>(earlier: M, later: M | undefined): M {
  if (later === undefined) return earlier
  return isEmpty(later) ? later : { ...earlier, ...later }
}

/** Another harness starts afresh: the credential meant for one provider must not be sent to the next. */
function mergeProvider(
  earlier: Fields<AgentProviderFields>,
  later: Fields<AgentProviderFields> | undefined,
): Fields<AgentProviderFields> {
  const template = later?.template?.value
  if (template !== undefined && template !== earlier.template?.value) return later ?? {}
  const merged = mergeKeys(earlier, later)
  const settings = merged.settings && {
    ...merged.settings,
    value: mergeKeys(earlier.settings?.value ?? {}, merged.settings.value),
  }
  return settings ? { ...merged, settings } : merged
}

function foldEgress(
  earlier: FoldedBottle,
  later: Fields<EgressFields> | undefined,
): Pick<FoldedBottle, keyof typeof NO_EGRESS> {
  const { logLevel, dlp, serverTools, onUnlisted, onMatch, askTimeout, routes } = earlier
  if (later === undefined) return { logLevel, dlp, serverTools, onUnlisted, onMatch, askTimeout, routes }
  if (isEmpty(later)) return NO_EGRESS
  return {
    logLevel: later.log ?? logLevel,
    dlp: later.dlp ?? dlp,
    serverTools: later.server_tools ?? serverTools,
    onUnlisted: later.on_unlisted ?? onUnlisted,
    onMatch: later.on_match ?? onMatch,
    askTimeout: later.ask_timeout ?? askTimeout,
    routes: mergeRoutes(routes, later.routes?.value),
  }
}

/** A child's rules come after its parent's, and the last that fits a name counts. */
function mergeHide(
  earlier: FoldedBottle["workspaceHide"],
  later: FoldedBottle["workspaceHide"] | undefined,
): FoldedBottle["workspaceHide"] {
  if (later === undefined || later.length === 0) return later ?? earlier
  return [...earlier, ...later]
}

function mergeRoutes(
  earlier: FoldedBottle["routes"],
  later: FoldedBottle["routes"] | undefined,
): FoldedBottle["routes"] {
  if (later === undefined || later.length === 0) return later ?? earlier
  const replaced = new Set(later.flatMap(({ value: rows }) => rows.map(({ host }) => host)))
  const kept = earlier.filter(({ value: rows }) => !rows.some(({ host }) => replaced.has(host)))
  return [...kept, ...later]
}

function foldGit(
  earlier: FoldedBottle,
  later: Fields<GitFields> | undefined,
): Pick<FoldedBottle, "gitUser" | "gitRepos" | "requireGitleaks"> {
  const { gitUser, gitRepos, requireGitleaks } = earlier
  if (later === undefined) return { gitUser, gitRepos, requireGitleaks }
  if (isEmpty(later)) return { gitUser: {}, gitRepos: {}, requireGitleaks: undefined }
  return {
    gitUser: mergeKeys(gitUser, later.user?.value),
    gitRepos: mergeRepos(gitRepos, later.repos?.value),
    requireGitleaks: later.require_gitleaks ?? requireGitleaks,
  }
}

function mergeRepos(
  earlier: FoldedBottle["gitRepos"],
  later: FoldedBottle["gitRepos"] | undefined,
): FoldedBottle["gitRepos"] {
  if (later === undefined || isEmpty(later)) return later ?? earlier
  const merged = Object.entries(later).map(([name, repo]) => {
    const inherited = Object.hasOwn(earlier, name) ? earlier[name]?.value : undefined
    return [name, { ...repo, value: mergeKeys(inherited ?? {}, repo.value) }] as const
  })
  return { ...earlier, ...Object.fromEntries(merged) }
}

/** Budgets do not merge: each bottle's counts that bottle's own runs. `{}` lifts those of its ancestors. */
function foldBudget(earlier: FoldedBottle["budgets"], layer: BottleLayer): FoldedBottle["budgets"] {
  const own = layer.budget?.value
  if (own === undefined) return earlier
  return isEmpty(own) ? {} : { ...earlier, [layer.name]: own }
}

/** Each bottle's limit its own runs, so those of its ancestors hold besides. */
function foldFanOut(earlier: FoldedBottle["fanOuts"], layer: BottleLayer): FoldedBottle["fanOuts"] {
  const { parallel, requests_per_minute, spend_per_minute } = layer
  const own = {
    ...(parallel && { parallel }),
    ...(requests_per_minute && { requests_per_minute }),
    ...(spend_per_minute && { spend_per_minute }),
  }
  return isEmpty(own) ? earlier : { ...earlier, [layer.name]: own }
}

function isEmpty(mapping: object): boolean {
  return Object.keys(mapping).length === 0
}
