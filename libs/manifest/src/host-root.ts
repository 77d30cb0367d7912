// The host root, `~/.bot-bottle`: whose it must be, and that it exists.
//
// A user who can write a bottle decides what every agent may reach and spend. So files that another
// user can write are not the operator's word. Access lists beyond the mode bits are not looked at.
//
//   INV-26  Nothing is read from a root, or an entry of it, that another user owns or can
//           write. Root's own files are as good as ours.

import { accessSync, constants, mkdirSync, readdirSync, type Stats, statSync } from "node:fs"
import { dirname, join } from "node:path"
import { OperatorProblem, quoteCommand } from "@bot-bottle/contracts"
import { shownPath } from "./problem.ts"

/** Creates the root, 0700, when it is missing. Throws OperatorProblem when it, or an entry of it, is not ours alone to write. */
export function ensureHostRoot(root: string): void {
  try {
    mkdirSync(root, { recursive: true, mode: 0o700 })
  } catch (cause) {
    throw new OperatorProblem(`cannot create ${shownPath(root)}${describeCause(cause)}`, {
      hint: "set BOT_BOTTLE_HOME to a folder you can write",
      cause,
    })
  }
  checkHostRoot(root)
}

const CAUSES: Readonly<Record<string, string>> = {
  EACCES: "permission denied",
  ENOSPC: "the disk is full",
  ENOTDIR: "a file is in the way",
  EROFS: "the file system is read-only",
}

function describeCause(error: unknown): string {
  const { code = "" } = error as NodeJS.ErrnoException
  const cause = CAUSES[code] ?? code
  return cause === "" ? "" : `: ${cause}`
}

/** Whether the root, or the folder that would hold it, can be written. Throws OperatorProblem; creates nothing. */
export function checkHostRootWritable(root: string): void {
  let folder = root
  while (findStats(folder) === undefined && folder !== dirname(folder)) folder = dirname(folder)
  try {
    accessSync(folder, constants.W_OK)
  } catch (cause) {
    throw new OperatorProblem(`${shownPath(folder)} cannot be written${describeCause(cause)}`, {
      hint: "set BOT_BOTTLE_HOME to a folder you can write",
      cause,
    })
  }
}

/** The same for a root that may not exist yet: creates nothing. */
export function checkHostRoot(root: string): void {
  const found = findStats(root)
  if (!found) return
  if (!found.isDirectory()) {
    throw new OperatorProblem(`${shownPath(root)} is not a folder`, { hint: "bot-bottle keeps everything in it" })
  }
  checkOwnership(root, found)
  for (const name of readdirSync(root)) {
    const path = join(root, name)
    const stats = findStats(path)
    if (stats) checkOwnership(path, stats)
  }
}

/** Names the other users who can write `path`, and the command that fixes it. Undefined when nobody can. */
export function findOwnershipProblem(
  path: string,
  { uid, mode }: Pick<Stats, "uid" | "mode">,
): { readonly message: string; readonly hint: string } | undefined {
  const self = process.getuid?.() ?? 0
  if (uid !== self && uid !== 0) {
    return { message: `belongs to another user (id ${uid})`, hint: `chown -R ${self} ${pathWord(path)}` }
  }
  if ((mode & 0o022) === 0) return undefined
  const octal = (mode & 0o777).toString(8).padStart(4, "0")
  return { message: `can be written by other users (mode ${octal})`, hint: `chmod -R go-w ${pathWord(path)}` }
}

/** In a command: short where a shell reads the short form as well. */
function pathWord(path: string): string {
  const shown = shownPath(path)
  return quoteCommand([shown.replace(/^~/, "")]).startsWith("'") ? quoteCommand([path]) : shown
}

function checkOwnership(path: string, stats: Stats): void {
  const problem = findOwnershipProblem(path, stats)
  if (problem) throw new OperatorProblem(`${shownPath(path)} ${problem.message}`, { hint: problem.hint })
}

/** Follows links: what counts is who can write what is read. */
function findStats(path: string): Stats | undefined {
  return statSync(path, { throwIfNoEntry: false })
}
