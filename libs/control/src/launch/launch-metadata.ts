// The records of a launch beside the ledger: metadata.json for people and for finding changes,
// launch.json for later commands.

import {
  formatTime,
  type LaunchRecord,
  type RunBudgets,
  SHUTDOWN_POLICIES,
  type ShutdownPolicy,
} from "@bot-bottle/contracts"
import { MAX_KEPT_PROMPT } from "@bot-bottle/contracts/messages/launch-record"
import type { RunMetadata } from "@bot-bottle/run-state"
import { CONTINUE_PROMPT } from "../parking/continue-prompt.ts"
import { hashFixed, hashManifests, hashPolicy } from "../resolve/launch-hashes.ts"
import { findRepoFolder } from "../resolve/repo-folder.ts"
import type { ResolvedLaunch } from "../resolve/resolve-launch.ts"
import { readUpstreamCa } from "../resolve/system-roots.ts"
import type { BringUp } from "./launch-site.ts"

export function launchMetadata({ env, launch, name }: BringUp, startedAtMs: number): RunMetadata {
  const { agent, bottle, bottles, provider } = launch
  return {
    agent: agent.name,
    bottles,
    ancestors: bottle.ancestors,
    ...(launch.workspace === "copy" ? { cwd: launch.copyFolder ?? env.cwd } : {}),
    ...(launch.bindFolder === undefined ? {} : { cwd: launch.bindFolder, workspace: "bind" as const }),
    startedIn: env.cwd,
    ...(launch.guestPath === undefined ? {} : { guestPath: launch.guestPath }),
    mode: launch.prompt === undefined ? "interactive" : "headless",
    provider: provider.name,
    backend: launch.backendName,
    ...name,
    startedAt: formatTime(startedAtMs),
    ...(provider.toolchain === undefined ? {} : { toolchainVersion: provider.toolchain.version }),
    policyHash: hashPolicy(launch.routes),
    manifestHash: hashManifests(agent, bottle),
  }
}

export function launchRecord({ env, launch, resumes }: BringUp, budgets: RunBudgets): LaunchRecord {
  const shutdown = parsePolicy(launch.shutdown)
  return {
    budgets,
    repoFolder: resumes?.record.repoFolder ?? findRepoFolder(env.cwd),
    ...(shutdown === undefined ? {} : { shutdown }),
    ...(launch.imageFlag === undefined ? {} : { image: launch.imageFlag }),
    ...(launch.observe ? { observe: true as const } : {}),
    ...renewedLogins(launch),
    fixed: hashFixed(launch.agent, launch.bottle, readUpstreamCa(launch.settings)),
    ...keptPrompt(launch.prompt === CONTINUE_PROMPT ? resumes?.record.prompt : launch.prompt),
  }
}

export function renewedLogins({ credentials }: Pick<ResolvedLaunch, "credentials">): Pick<LaunchRecord, "logins"> {
  const ids = [...credentials.values()].flatMap(({ login }) => (login?.isRenewed === true ? [login.id] : []))
  return ids.length === 0 ? {} : { logins: [...new Set(ids)].sort() }
}

/** It is for a run that is resumed by itself, of whose task nobody is asked. */
function keptPrompt(prompt: string | undefined): Pick<LaunchRecord, "prompt"> {
  return prompt === undefined || prompt.length > MAX_KEPT_PROMPT ? {} : { prompt }
}

function parsePolicy(text: string | undefined): ShutdownPolicy | undefined {
  return SHUTDOWN_POLICIES.find((policy) => policy === text)
}
