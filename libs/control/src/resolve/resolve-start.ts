// From the flags of a start to its resolved launch: manifests and settings read, nothing created.

import { resolve } from "node:path"
import { loadSettings, loadSkills, type ManifestLibrary, openManifestLibrary } from "@bot-bottle/manifest"
import type { ControlHost } from "../host.ts"
import { checkBind } from "../launch/bind-workspace.ts"
import type { Chosen } from "./choose-headless.ts"
import { composeChoice } from "./compose-choice.ts"
import { findRepoFolder } from "./repo-folder.ts"
import { type ResolvedLaunch, type ResolveOptions, resolveLaunch } from "./resolve-launch.ts"
import type { StartFlags } from "./start-flags.ts"
import { parseWorkspaceFlags } from "./workspace-flags.ts"

export function openLibrary({ env, notify }: ControlHost, repoFolder = findRepoFolder(env.cwd)): ManifestLibrary {
  const library = openManifestLibrary({ root: env.root, repoFolder })
  for (const message of library.warnings) notify({ kind: "manifest-warning", message })
  return library
}

export async function resolveStart(
  { env }: Pick<ControlHost, "env">,
  flags: StartFlags,
  chosen: Chosen,
  ask: ResolveOptions["ask"],
): Promise<ResolvedLaunch> {
  const workspace = parseWorkspaceFlags(flags)
  const choice = composeChoice(loadSettings(env.root), {
    ...chosen,
    budget: flags.budget,
    shutdown: flags.shutdown,
    backend: flags.backend,
    imageFlag: imageOf(flags.image, env.cwd),
    agentArguments: flags.agentArguments,
    skills: loadSkills(chosen.agent, { root: env.root, repoFolder: findRepoFolder(env.cwd) }),
    workspace,
    secrets: flags.withSecrets === true ? ("shown" as const) : ("hidden" as const),
    ...(workspace === "bind" ? { bindFolder: env.cwd } : {}),
  })
  const launch = await resolveLaunch(choice, { find: env.find, findSecret: env.findSecret, ask, root: env.root })
  await checkBind(env, launch)
  return launch
}

/** A path is a Dockerfile; what has none of its marks is a name that the engine knows. */
function imageOf(image: string | undefined, cwd: string): string | undefined {
  return image !== undefined && /^[./]/.test(image) ? resolve(cwd, image) : image
}
