// From the flags of a start to its resolved launch: manifests and settings read, nothing created.

import { realpathSync } from "node:fs"
import { resolve } from "node:path"
import { formatBytes, OperatorProblem, parseTags } from "@bot-bottle/contracts"
import {
  loadSettings,
  loadSkills,
  type ManifestLibrary,
  openManifestLibrary,
  type Settings,
} from "@bot-bottle/manifest"
import type { ControlHost } from "../host.ts"
import { checkBind } from "../launch/bind-workspace.ts"
import type { Chosen } from "./choose-headless.ts"
import { type ChosenWorkspace, chooseWorkspace } from "./choose-workspace.ts"
import { composeChoice } from "./compose-choice.ts"
import { parseFanOutFlags } from "./flags/fan-out-flags.ts"
import type { StartFlags } from "./flags/start-flags.ts"
import { parseWorkspaceFlags } from "./flags/workspace-flags.ts"
import { findRepoFolder, findWorkTree } from "./repo-folder.ts"
import { type ResolvedLaunch, type ResolveOptions, resolveLaunch } from "./resolve-launch.ts"

export function openLibrary({ env, notify }: ControlHost, repoFolder = findRepoFolder(env.cwd)): ManifestLibrary {
  const library = openManifestLibrary({ root: env.root, repoFolder })
  for (const message of library.warnings) notify({ kind: "manifest-warning", message })
  return library
}

export async function resolveStart(
  { env }: Pick<ControlHost, "env">,
  flags: StartFlags,
  chosen: Chosen,
  { ask, purpose }: Pick<ResolveOptions, "ask" | "purpose">,
): Promise<ResolvedLaunch> {
  const settings = loadSettings(env.root)
  const { mode: workspace, folder, saidBy } = await findWorkspace(env, flags, chosen, settings)
  const choice = composeChoice(settings, {
    ...chosen,
    budget: flags.budget,
    shutdown: flags.shutdown,
    tags: parseTags(flags.tag ?? []),
    fanOut: parseFanOutFlags(flags),
    backend: flags.backend,
    imageFlag: imageOf(flags.image, env.cwd),
    agentArguments: flags.agentArguments,
    skills: loadSkills(chosen.agent, { root: env.root, repoFolder: findRepoFolder(env.cwd) }),
    workspace,
    secrets: flags.withSecrets === true ? ("shown" as const) : ("hidden" as const),
    observe: flags.observe === true,
    ...(workspace === "empty" && saidBy === "default" ? { leavesFolderOut: true as const } : {}),
    ...(workspace === "bind" ? { bindFolder: folder } : {}),
    ...(workspace === "copy" ? { copyFolder: folder, ...guestPathOf(chosen, folder) } : {}),
  })
  const launch = await resolveLaunch(choice, {
    find: env.find,
    findSecret: env.findSecret,
    ask,
    purpose,
    root: env.root,
  })
  await checkBind(env, launch)
  return launch
}

/** Build output names its folder as the kernel does. */
function guestPathOf({ bottle }: Chosen, folder: string): { readonly guestPath?: string } {
  return bottle.workspacePath === "original" ? { guestPath: realpathSync(folder) } : {}
}

/** Throws OperatorProblem for a folder that only a flag may choose. */
async function findWorkspace(
  { cwd, find, root }: ControlHost["env"],
  flags: StartFlags,
  { bottle }: Chosen,
  settings: Settings,
): Promise<ChosenWorkspace> {
  const choice = chooseWorkspace({
    flag: parseWorkspaceFlags(flags),
    bottle: bottle.workspace,
    settings: settings.workspace,
    cwd,
    workTree: findWorkTree(cwd),
    home: find("HOME"),
  })
  const hint = "--cwd copies this folder, --workspace bind works in it, --empty does neither"
  if (choice.outcome === "needs-a-flag") {
    throw new OperatorProblem(`${choice.folder} is neither copied nor bound without a flag that says so`, { hint })
  }
  if (choice.mode !== "copy") return choice
  const { checkCopyable, holdsMoreThan } = await import("@bot-bottle/workspace/start")
  // The copy itself checks this again. A dry run and the questions come before it.
  checkCopyable(choice.folder, root)
  if (choice.saidBy === "flag" || !holdsMoreThan(choice.folder, settings.workspaceLimitBytes)) return choice
  throw new OperatorProblem(
    `${choice.folder} holds more than ${formatBytes(settings.workspaceLimitBytes)}, the workspace_limit of settings.yml`,
    { hint },
  )
}

/** A path is a Dockerfile; what has none of its marks is a name that the engine knows. */
function imageOf(image: string | undefined, cwd: string): string | undefined {
  return image !== undefined && /^[./]/.test(image) ? resolve(cwd, image) : image
}
