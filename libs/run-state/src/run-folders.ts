// A run's folder on the host: `state/<slug>/` and what lies in it.
//
// The folder itself is 0700; what the guest's uid must reach inside it is open within, since
// nobody but the operator gets that far.
//
// A resumed run gets the host's parts again; the files that its agent wrote stay.
//
//   A slug is taken by creating its folder, and creating fails when it exists: two starts at the same
//   instant never share one.

import { chmodSync, existsSync, lstatSync, mkdirSync, readdirSync, realpathSync, rmSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import {
  composeSlug,
  EMPTY_COVERS,
  OperatorProblem,
  type RunFolders,
  runFolders,
  type Slug,
} from "@bot-bottle/contracts"
import { ifThere } from "@bot-bottle/kernel"
import { ensureHomeFolder } from "./guest-home.ts"
import { isNoexec } from "./noexec.ts"

export interface SlugOptions {
  readonly root: string
  readonly label: string
  /** Five random base36 characters, different on every call. */
  readonly newSuffix: () => string
  readonly etcFiles: readonly EtcFile[]
}

/** A file of the bottle's own /etc. */
export interface EtcFile {
  readonly name: string
  readonly content: string
}

const SLUG_ATTEMPTS = 20
const WORKSPACE_IN_HOME = "workspace"

/** Takes a slug nobody has and creates its folders. */
export function createRunFolders({ root, label, newSuffix, etcFiles }: SlugOptions): {
  slug: Slug
  folders: RunFolders
} {
  mkdirSync(join(root, "state"), { recursive: true, mode: 0o700 })
  if (isNoexec(realpathSync(root))) {
    throw new OperatorProblem(`${root} is on a file system mounted noexec: no program of an agent's could run there`, {
      hint: "export BOT_BOTTLE_HOME=… to a folder elsewhere, or mount that file system with exec",
    })
  }
  for (let attempt = 0; attempt < SLUG_ATTEMPTS; attempt += 1) {
    const slug = composeSlug(label, newSuffix())
    const folders = runFolders(root, slug)
    if (!takeFolder(folders.state)) continue
    fillFolders(folders, etcFiles)
    return { slug, folders }
  }
  throw new OperatorProblem(`No free run id for label ${label} after ${SLUG_ATTEMPTS} tries`, {
    hint: `look into ${join(root, "state")}, or choose another --label`,
  })
}

function takeFolder(path: string): boolean {
  try {
    mkdirSync(path, { mode: 0o700 })
    return true
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EEXIST") return false
    throw new OperatorProblem(`Cannot create ${path}`, {
      hint: "check the folder's owner and free space",
      cause: error,
    })
  }
}

function fillFolders(folders: RunFolders, etcFiles: readonly EtcFile[]): void {
  for (const path of [folders.egress, folders.home, folders.workspace, folders.transcript]) {
    mkdirSync(path, { mode: 0o700 })
  }
  // The mount point of the workspace, so that no backend has to create it inside the home.
  mkdirSync(join(folders.home, WORKSPACE_IN_HOME), { mode: 0o700 })
  makeShownFolders(folders, etcFiles)
}

/** The files that the host makes for the bottle. Modes are set, not asked for: the operator's umask may be stricter. */
function makeShownFolders(folders: RunFolders, etcFiles: readonly EtcFile[]): void {
  for (const path of [folders.guestShare, folders.etc]) {
    mkdirSync(path)
    chmodSync(path, 0o755)
  }
  mkdirSync(join(folders.etc, EMPTY_COVERS.folder))
  chmodSync(join(folders.etc, EMPTY_COVERS.folder), 0o555)
  for (const { name, content } of [...etcFiles, { name: EMPTY_COVERS.file, content: "" }]) {
    writeFileSync(join(folders.etc, name), content)
    chmodSync(join(folders.etc, name), 0o644)
  }
}

export interface ReopenedFolders {
  readonly folders: RunFolders
  /** New names, relative to the home, of what stood where the workspace belongs. */
  readonly setAside: readonly string[]
}

/** Throws OperatorProblem when the files of the earlier launch are missing. Nobody may be using the folders. */
export function reopenRunFolders(root: string, slug: Slug, etcFiles: readonly EtcFile[]): ReopenedFolders {
  const folders = runFolders(root, slug)
  for (const path of [folders.state, folders.home, folders.workspace]) {
    if (isFolder(path)) continue
    throw new OperatorProblem(`run '${slug}' cannot be resumed: ${path} is gone`, { hint: "start the agent again" })
  }
  const setAside = ensureHomeFolder(folders.home, WORKSPACE_IN_HOME)
  rmSync(folders.guestShare, { recursive: true, force: true })
  makeShownFolders(folders, etcFiles)
  for (const path of [folders.egress, folders.transcript]) mkdirSync(path, { recursive: true, mode: 0o700 })
  return { folders, setAside }
}

/** False when the run's folder is gone or is not a folder. */
export function hasRunFolders(root: string, slug: Slug): boolean {
  return isFolder(runFolders(root, slug).state)
}

/** True when some run has not yet given back the operator's folder it worked in. */
export function hasPendingBinds(root: string): boolean {
  // Absent until the first run is started.
  const slugs = ifThere(() => readdirSync(join(root, "state"))) ?? []
  return slugs.some((slug) => existsSync(runFolders(root, slug).bindRecord))
}

function isFolder(path: string): boolean {
  return lstatSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false
}
