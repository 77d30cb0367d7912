// From a run's slug to everything its next launch needs. The run keeps its agent, bottles, label,
// home and workspace, and the limits of its flags. Its policy is read again: manifests, settings,
// credentials. Differences from last time are reported.
//
//   INV-44  A run that is running, killed or without its state is refused before anything of it is touched,
//           and so is one whose budget has not grown since it stopped it.

import { formatScope, isSameScope } from "@bot-bottle/budget"
import { formatShare, OperatorProblem, type Run, runFolders } from "@bot-bottle/contracts"
import type { Ledger } from "@bot-bottle/ledger"
import { loadSettings, loadSkills } from "@bot-bottle/manifest"
import { findProvider } from "@bot-bottle/providers"
import { findRunMetadata, hasRunFolders } from "@bot-bottle/run-state"
import { isGone, isLive, loadRun } from "../client/find-run.ts"
import type { LaunchChange } from "../events.ts"
import type { ControlHost } from "../host.ts"
import { checkBind } from "../launch/bind-workspace.ts"
import { findLaunchRecord } from "../launch/launch-record.ts"
import type { Resumable } from "../launch/launch-site.ts"
import { hintForSpent, type LaunchBudgets } from "./budgets/launch-budgets.ts"
import { composeChoice } from "./compose-choice.ts"
import { keptFanOut } from "./flags/fan-out-flags.ts"
import type { ResumeFlags } from "./flags/resume-flags.ts"
import { hashManifests, hashPolicy } from "./launch-hashes.ts"
import { findRepoFolder } from "./repo-folder.ts"
import { type ResolvedLaunch, type ResolveOptions, resolveLaunch } from "./resolve-launch.ts"
import { openLibrary } from "./resolve-start.ts"

/** Throws OperatorProblem for a run that cannot be resumed. */
export async function loadResumable({ env }: ControlHost, ledger: Ledger, slug: string): Promise<Resumable> {
  const run = await loadRun(ledger, slug)
  if (isLive(run)) throw stillRunning(run)
  if (run.status === "killed") {
    throw new OperatorProblem(`run '${slug}' was killed, and a killed run is not resumed`, {
      hint: `start a new one: bot-bottle start ${run.agent}`,
    })
  }
  if (isGone(run)) {
    throw new OperatorProblem(`run '${slug}' cannot be resumed: 'cleanup' has removed its state`, {
      hint: `start a new one: bot-bottle start ${run.agent}`,
    })
  }
  const record = findLaunchRecord(env.root, slug)
  const metadata = findRunMetadata(runFolders(env.root, slug).state)
  if (!hasRunFolders(env.root, slug) || record === undefined || metadata === undefined) {
    throw new OperatorProblem(`run '${slug}' cannot be resumed: its state is gone`, {
      hint: `start a new one: bot-bottle start ${run.agent}`,
    })
  }
  return { run, record, metadata }
}

export async function resolveResume(
  host: ControlHost,
  { run, record, metadata }: Resumable,
  flags: ResumeFlags,
  { ask, purpose }: Pick<ResolveOptions, "ask" | "purpose">,
): Promise<ResolvedLaunch> {
  const library = openLibrary(host, record.repoFolder)
  const agent = library.loadAgent(run.agent)
  const choice = composeChoice(loadSettings(host.env.root), {
    agent,
    bottle: library.loadBottles(run.bottles),
    bottles: run.bottles,
    fanOut: keptFanOut(record.budgets),
    keptFlags: record.budgets.declared.filter(({ source }) => source === "flag"),
    shutdown: flags.shutdown ?? record.shutdown,
    backend: run.backend,
    imageFlag: record.image,
    prompt: flags.headless === true ? flags.prompt : undefined,
    opening: flags.headless === true ? undefined : flags.prompt,
    agentArguments: flags.agentArguments,
    skills: loadSkills(agent, { root: host.env.root, repoFolder: record.repoFolder ?? findRepoFolder(host.env.cwd) }),
    ...(metadata.workspace === "bind" && metadata.cwd !== undefined
      ? { workspace: "bind" as const, bindFolder: metadata.cwd }
      : { workspace: "kept" as const }),
    // Its files, and its agent's conversation, name the path that they had.
    ...(metadata.guestPath === undefined ? {} : { guestPath: metadata.guestPath }),
  })
  const launch = await resolveLaunch(choice, {
    find: host.env.find,
    findSecret: host.env.findSecret,
    ask,
    purpose,
    root: host.env.root,
  })
  await checkBind(host.env, launch)
  if (launch.provider.name === run.provider) return launch
  throw new OperatorProblem(
    `run '${run.slug}' cannot be resumed: its bottles now run ${launch.provider.name}, and it was ${run.provider} before`,
    { hint: `change 'agent_provider' back, or start a new run: bot-bottle start ${run.agent}` },
  )
}

/** The differences from the run's last launch. */
export function listChanges(launch: ResolvedLaunch, { run, record, metadata }: Resumable): readonly LaunchChange[] {
  const version = launch.provider.toolchain?.version
  const budgets = launch.budgetsFor(run.slug)
  const isBudgetSame = Bun.deepEquals(
    [budgets.chain, budgets.declared, budgets.ceilings, budgets.fanOut],
    [record.budgets.chain, record.budgets.declared, record.budgets.ceilings, record.budgets.fanOut],
  )
  const { policyHash, manifestHash, toolchainVersion } = metadata
  return [
    ...(policyHash === hashPolicy(launch.routes) ? [] : [{ kind: "routes" } as const]),
    ...(manifestHash === hashManifests(launch.agent, launch.bottle) ? [] : [{ kind: "manifests" } as const]),
    ...(isBudgetSame ? [] : [{ kind: "budgets" } as const]),
    ...(launch.policy === run.policy ? [] : [{ kind: "policy", now: launch.policy, was: run.policy } as const]),
    ...(version === toolchainVersion
      ? []
      : [{ kind: "toolchain", provider: run.provider, now: version, was: toolchainVersion } as const]),
  ]
}

/** Throws OperatorProblem when the very budget that froze the run leaves it no more than it did then. */
export async function checkBudgetGrown(ledger: Ledger, run: Run, governing: LaunchBudgets): Promise<void> {
  if (run.status !== "frozen" || run.endReason !== "budget") return
  const steps = await ledger.listEnforcement(run.slug)
  const step = steps.findLast(({ kind, trigger }) => kind === "freeze" && trigger === "budget")
  const { provider, scope, limitTokens = 0, usedTokens = 0 } = step ?? {}
  const now = provider === undefined ? undefined : governing.get(provider)
  if (now === undefined || scope === undefined || !isSameScope(now.scope, scope)) return
  if (now.limitTokens - now.usedTokens > limitTokens - usedTokens) return
  throw new OperatorProblem(
    `no budget left for another request: ${formatScope(scope)} has used ${formatShare(now.provider, now.usedTokens, now.limitTokens)}, as when run '${run.slug}' was frozen`,
    { hint: hintForSpent(now, findProvider(run.provider)) },
  )
}

function stillRunning({ slug, status }: Run): OperatorProblem {
  if (status === "cut")
    return new OperatorProblem(`run '${slug}' is running, cut off`, {
      hint: `to open its egress: bot-bottle restore ${slug}`,
    })
  return new OperatorProblem(`run '${slug}' is running`, { hint: `to stop it first: bot-bottle freeze ${slug}` })
}
