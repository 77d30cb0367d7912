// From folded layers to the bottle a run is launched in: defaults filled in, and what only
// the whole can show to be wrong reported.

import type { AgentProviderFields, ProviderSettingsFields } from "../keys/agent-provider.ts"
import { COMMAND_TEMPLATE } from "../keys/budget.ts"
import { fanOutOf } from "../keys/fan-out.ts"
import type { GitRepoFields } from "../keys/git.ts"
import { DEFAULT_PIDS, type Limit } from "../keys/limits.ts"
import type {
  AgentProviderSettings,
  AgentProviderSpec,
  BottleManifest,
  ForgeSpec,
  GitRepo,
  ManifestProblem,
  Origins,
  ResolvedValue,
} from "../manifest.ts"
import { formatOrigin, originsOf } from "../problem.ts"
import { entryValues, type Fields, fieldValues, type Origin } from "../yaml/fields.ts"
import { type FoldedBottle, foldBottles } from "./fold-bottles.ts"
import { type BottleShelf, type Lineage, resolveLineage } from "./lineage.ts"
import { listBottleValues } from "./resolved-values.ts"

export type ComposeResult =
  | { readonly outcome: "composed"; readonly bottle: BottleManifest; readonly values: readonly ResolvedValue[] }
  | { readonly outcome: "broken"; readonly problems: readonly ManifestProblem[] }

/** Composes the named bottles in order (later wins), each after its ancestors. `names` must exist, and be at least one. */
export function composeBottles(names: readonly string[], shelf: BottleShelf): ComposeResult {
  const resolved = resolveLineage(names, shelf)
  if (resolved.outcome === "broken") return resolved
  const { lineage } = resolved
  const folded = foldBottles(lineage.layers)
  const problems = [...findProviderProblems(folded.agentProvider), ...findAskProblems(folded)]
  if (problems.length > 0) return { outcome: "broken", problems }
  const values = listBottleValues(folded)
  return { outcome: "composed", bottle: toManifest(names, lineage, folded, originsOf(values)), values }
}

const DEFAULT_TEMPLATE = "claude"

function toManifest(
  names: readonly string[],
  lineage: Lineage,
  folded: FoldedBottle,
  origins: Origins,
): BottleManifest {
  const bottles = [...new Set(names)]
  const name = bottles.at(-1)
  const layer = lineage.layers.find((candidate) => candidate.name === name)
  if (!layer) throw new RangeError("no bottle was named")
  return {
    name: layer.name,
    file: layer.file,
    origins,
    bottles,
    ancestors: lineage.ancestors,
    env: entryValues(folded.env),
    agentProvider: toProvider(folded.agentProvider),
    routes: folded.routes.flatMap(({ value, origin }) => value.map((row) => ({ ...row, at: formatOrigin(origin) }))),
    logLevel: folded.logLevel?.value ?? 1,
    ...(folded.dlp === undefined ? {} : { dlp: folded.dlp.value }),
    ...(folded.serverTools === undefined ? {} : { serverTools: folded.serverTools.value }),
    ...(folded.onUnlisted === undefined ? {} : { onUnlisted: folded.onUnlisted.value }),
    ...(folded.onMatch === undefined ? {} : { onMatch: folded.onMatch.value }),
    ...(folded.askTimeout === undefined ? {} : { askTimeoutMs: folded.askTimeout.value }),
    gitUser: fieldValues(folded.gitUser),
    gitRepos: entryValues(folded.gitRepos, toRepo),
    requiresGitleaks: folded.requireGitleaks?.value ?? false,
    forge: toForge(folded.forge),
    budgets: [...bottles.toReversed(), ...lineage.ancestors].flatMap((bottle) =>
      Object.entries(folded.budgets[bottle] ?? {}).map(([provider, limit]) => ({
        bottle,
        provider,
        limitTokens: limit.value,
      })),
    ),
    ...toFanOuts(folded.fanOuts),
    shutdown: folded.shutdown?.value,
    ...(folded.onLimit && { onLimit: folded.onLimit.value }),
    limits: toLimits(folded.limits),
    ...(folded.image && { image: folded.image.value }),
    ...(folded.workspace && { workspace: folded.workspace.value }),
    ...(folded.workspacePath && { workspacePath: folded.workspacePath.value }),
    workspaceHide: folded.workspaceHide.map(({ value }) => value),
    supervise: folded.supervise?.value ?? false,
  }
}

function toFanOuts(found: FoldedBottle["fanOuts"]): Pick<BottleManifest, "fanOuts"> {
  const fanOuts = Object.entries(found).flatMap(([bottle, own]) => {
    const limits = fanOutOf(own)
    return limits === undefined ? [] : [{ bottle, ...limits }]
  })
  return fanOuts.length === 0 ? {} : { fanOuts }
}

function toProvider(given: Fields<AgentProviderFields>): AgentProviderSpec {
  const settings = given.settings?.value
  const auth = given.auth?.value
  return {
    template: given.template?.value ?? DEFAULT_TEMPLATE,
    argv: given.argv?.value.map(({ value }) => value) ?? [],
    meters: [...new Set(given.meters?.value.map(({ value }) => value))],
    tokenRef: auth?.token_ref?.value,
    ...(auth?.login && { login: auth.login.value }),
    ...(auth?.token_cmd && { tokenCmd: auth.token_cmd.value.map(({ value }) => value) }),
    ...(settings && { settings: toSettings(settings) }),
  }
}

function toSettings(given: Fields<ProviderSettingsFields>): AgentProviderSettings {
  const { base_url: baseUrl, token_ref: tokenRef, ...same } = given
  return {
    ...fieldValues(same),
    ...(baseUrl && { baseUrl: baseUrl.value }),
    ...(tokenRef && { tokenRef: tokenRef.value }),
  }
}

function toRepo({ url, token_ref: tokenRef, branch_prefix: branchPrefix, writable }: Fields<GitRepoFields>): GitRepo {
  return {
    ...(url && { url: url.value }),
    ...(tokenRef && { tokenRef: tokenRef.value }),
    ...(branchPrefix && { branchPrefix: branchPrefix.value }),
    isWritable: writable?.value ?? false,
  }
}

function toForge({
  allow_workflows: allowed,
  comments,
  edits,
  pull_requests: pulls,
}: FoldedBottle["forge"]): ForgeSpec {
  return {
    allowsWorkflows: allowed?.value ?? false,
    ...(comments && { comments: comments.value }),
    ...(edits && { edits: edits.value }),
    ...(pulls && { pullRequests: pulls.value }),
  }
}

function toLimits({ memory, pids, cpus, disk, tmp }: FoldedBottle["limits"]): BottleManifest["limits"] {
  return {
    ...named("memoryBytes", memory?.value),
    ...named("pids", pids?.value ?? DEFAULT_PIDS),
    ...named("cpus", cpus?.value),
    ...named("diskBytes", disk?.value),
    ...named("tmpBytes", tmp?.value),
  }
}

function named(name: keyof BottleManifest["limits"], limit: Limit | undefined): BottleManifest["limits"] {
  return limit === undefined || limit === "none" ? {} : { [name]: limit }
}

/** Without a word on `supervise` nobody would be asked. An explicit `false` turns every question off. */
function findAskProblems({ supervise, onUnlisted, onMatch }: FoldedBottle): readonly ManifestProblem[] {
  if (supervise !== undefined) return []
  const asking = [
    ["on_unlisted", onUnlisted],
    ["on_match", onMatch],
  ] as const
  return asking.flatMap(([key, rule]) => {
    if (rule?.value !== "ask") return []
    const message = `'egress.${key}: ask' needs 'supervise: true': nobody would be asked`
    return [{ ...rule.origin, message, hint: "add 'supervise: true' at the top of the bottle, or say 'refuse'" }]
  })
}

function findProviderProblems(given: Fields<AgentProviderFields>): readonly ManifestProblem[] {
  const template = given.template?.value ?? DEFAULT_TEMPLATE
  const runsCommand = template === COMMAND_TEMPLATE
  // A program may use what Pi's settings name: they go with whoever of the bottle takes any.
  const harnesses = runsCommand ? (given.meters?.value.map(({ value }) => value) ?? []) : [template]
  const takesSettings = harnesses.some((name) => name !== "claude" && name !== "codex")
  const problems: ManifestProblem[] = []
  const refuse = (origin: Origin | undefined, message: string, hint: string) => {
    if (origin) problems.push({ ...origin, message, hint })
  }
  if (runsCommand && (given.argv?.value.length ?? 0) === 0) {
    refuse(given.template?.origin, "template 'command' needs 'argv'", "for example argv: [python3, agent.py]")
  }
  if (!runsCommand) {
    const hint = `the template here is '${template}'`
    refuse(given.argv?.origin, "'agent_provider.argv' belongs to template 'command' only", hint)
    refuse(given.meters?.origin, "'agent_provider.meters' belongs to template 'command' only", hint)
  }
  if (!takesSettings) {
    refuse(
      given.settings?.origin,
      `'agent_provider.settings' does not go with template '${template}'`,
      "it is for 'pi'",
    )
  }
  return problems
}
