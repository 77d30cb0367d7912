// What every launch does between knowing its choices and launching: manifests opened, launch
// resolved, preflight written.

import { resolve } from "node:path"
import { openBackend } from "@bot-bottle/bottle"
import {
  type BottleManifest,
  loadSettings,
  loadSkills,
  type ManifestLibrary,
  openManifestLibrary,
} from "@bot-bottle/manifest"
import type { Host } from "../host.ts"
import { checkBind } from "./bind-workspace.ts"
import type { Chosen } from "./choose-headless.ts"
import type { LaunchBudgets } from "./launch-budgets.ts"
import { describeLimitReports } from "./limit-words.ts"
import { describePreflight, formatPreflight, type PreflightFacts } from "./preflight.ts"
import { findRepoFolder } from "./repo-folder.ts"
import { type ResolvedLaunch, type ResolveOptions, resolveLaunch } from "./resolve-launch.ts"
import type { StartFlags } from "./start-flags.ts"
import { parseWorkspaceFlags } from "./workspace-flags.ts"

export function openLibrary({ env, screen }: Host, repoFolder = findRepoFolder(env.cwd)): ManifestLibrary {
  const library = openManifestLibrary({ root: env.root, repoFolder })
  for (const warning of library.warnings) screen.note(`bot-bottle: warning: ${warning}`)
  return library
}

export async function resolveStart(
  { env, screen }: Host,
  flags: StartFlags,
  chosen: Chosen,
  ask: ResolveOptions["ask"],
): Promise<ResolvedLaunch> {
  const workspace = parseWorkspaceFlags(flags)
  const choice = {
    ...chosen,
    settings: loadSettings(env.root),
    budget: flags.budget,
    shutdown: flags.shutdown,
    backend: flags.backend,
    imageFlag: imageOf(flags.image, env.cwd),
    agentArguments: flags.agentArguments,
    skills: loadSkills(chosen.agent, { root: env.root, repoFolder: findRepoFolder(env.cwd) }),
    workspace,
    ...(workspace === "bind" ? { bindFolder: env.cwd } : {}),
  }
  const launch = await resolveLaunch(choice, { find: env.find, ask, root: env.root })
  await checkBind(env, launch)
  for (const what of listWithoutEffect(launch.bottle)) screen.note(`bot-bottle: warning: ${what}`)
  return launch
}

/** Keys that a manifest may carry already and that nothing obeys yet. */
function listWithoutEffect({ name, supervise, gitRepos }: BottleManifest): readonly string[] {
  return [
    ...(supervise
      ? [`bottle '${name}': 'supervise' has no effect in this version: what is not listed is refused`]
      : []),
    ...(Object.keys(gitRepos).length > 0
      ? [`bottle '${name}': 'git.repos' has no effect in this version: list the host under egress.routes`]
      : []),
  ]
}

/** A path is a Dockerfile; what has none of its marks is a name that the engine knows. */
function imageOf(image: string | undefined, cwd: string): string | undefined {
  return image !== undefined && /^[./]/.test(image) ? resolve(cwd, image) : image
}

export async function preflightLines(
  { env }: Host,
  launch: ResolvedLaunch,
  label: string,
  governing: LaunchBudgets,
  resumes: PreflightFacts["resumes"] = undefined,
): Promise<readonly string[]> {
  const { limits } = launch.bottle
  const backend = await openBackend(launch.backendName, env)
  return formatPreflight(
    describePreflight({
      launch,
      label,
      governing,
      limits: describeLimitReports(limits, backend.describeLimits(limits)),
      cwd: env.cwd,
      nowMs: Date.now(),
      resumes,
    }),
  )
}
