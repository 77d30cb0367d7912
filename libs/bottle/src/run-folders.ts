// A run's folder on the host: `state/<slug>/` and what lies in it.
//
// The folder itself is 0700; what the guest's uid must reach inside it is open within, since
// nobody but the operator gets that far.
//
// A run that goes on after its end gets the parts that are ours anew; what its agent wrote
// stays.
//
//   INV-64  A slug is taken by creating its folder, and creating fails when it exists: two
//           starts at the same instant never share one.

import { lstatSync, mkdirSync, rmSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { OperatorProblem, type Slug } from "@bot-bottle/contracts"
import { GUEST_ETC_FILES } from "./guest-etc.ts"
import { ensureHomeFolder } from "./guest-home.ts"
import { composeSlug } from "./slug.ts"

/** Absolute host paths. */
export interface RunFolders {
  readonly state: string
  /** Host side only: control socket, events. */
  readonly egress: string
  /** Mounted into the bottle, read-only. */
  readonly door: string
  readonly home: string
  readonly workspace: string
  readonly transcript: string
  /** A file, host side only: what the workspace began with. Absent unless it was copied. */
  readonly baseline: string
  /** Host side only: what was taken out of a folder that the agent worked in. Absent when nothing was. */
  readonly quarantine: string
  /** The bottle's own files of /etc. */
  readonly etc: string
}

export function runFolders(root: string, slug: Slug): RunFolders {
  const state = join(root, "state", slug)
  return {
    state,
    egress: join(state, "egress"),
    door: join(state, "door"),
    home: join(state, "home"),
    workspace: join(state, "workspace"),
    transcript: join(state, "transcript"),
    baseline: join(state, "baseline.jsonl"),
    quarantine: join(state, "quarantine"),
    etc: join(state, "etc"),
  }
}

export interface SlugOptions {
  readonly root: string
  readonly label: string
  /** Five random base36 characters, anew on every call. */
  readonly newSuffix: () => string
}

const SLUG_ATTEMPTS = 20
const WORKSPACE_IN_HOME = "workspace"

/** Takes a slug nobody has and creates its folders. */
export function createRunFolders({ root, label, newSuffix }: SlugOptions): { slug: Slug; folders: RunFolders } {
  mkdirSync(join(root, "state"), { recursive: true, mode: 0o700 })
  for (let attempt = 0; attempt < SLUG_ATTEMPTS; attempt += 1) {
    const slug = composeSlug(label, newSuffix())
    const folders = runFolders(root, slug)
    if (!takeFolder(folders.state)) continue
    fillFolders(folders)
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

function fillFolders(folders: RunFolders): void {
  for (const path of [folders.egress, folders.home, folders.workspace, folders.transcript]) {
    mkdirSync(path, { mode: 0o700 })
  }
  // The mount point of the workspace, so that no backend has to create it inside the home.
  mkdirSync(join(folders.home, WORKSPACE_IN_HOME), { mode: 0o700 })
  makeShownFolders(folders)
}

/** What the bottle sees of the host's making. */
function makeShownFolders(folders: RunFolders): void {
  for (const path of [folders.door, folders.etc]) mkdirSync(path, { mode: 0o755 })
  for (const { name, content } of GUEST_ETC_FILES) writeFileSync(join(folders.etc, name), content, { mode: 0o644 })
}

export interface ReopenedFolders {
  readonly folders: RunFolders
  /** New names, relative to the home, of what stood where the workspace belongs. */
  readonly setAside: readonly string[]
}

/** Throws OperatorProblem when what the run is to go on from is not there. Nobody may be using the folders. */
export function reopenRunFolders(root: string, slug: Slug): ReopenedFolders {
  const folders = runFolders(root, slug)
  for (const path of [folders.state, folders.home, folders.workspace]) {
    if (isFolder(path)) continue
    throw new OperatorProblem(`run '${slug}' cannot go on: ${path} is gone`, { hint: "start the agent anew" })
  }
  const setAside = ensureHomeFolder(folders.home, WORKSPACE_IN_HOME)
  for (const path of [folders.door, folders.etc]) rmSync(path, { recursive: true, force: true })
  makeShownFolders(folders)
  for (const path of [folders.egress, folders.transcript]) mkdirSync(path, { recursive: true, mode: 0o700 })
  return { folders, setAside }
}

/** False when the run's folder is gone or is not a folder. */
export function hasRunFolders(root: string, slug: Slug): boolean {
  return isFolder(runFolders(root, slug).state)
}

function isFolder(path: string): boolean {
  return lstatSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false
}
