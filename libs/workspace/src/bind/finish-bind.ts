// Leaves an operator's folder clean after a run that worked in it. Our placeholders go, and so do
// files that the agent planted where no mount could prevent it.
//
// Nothing of the run may be running any more. Done again, it does what is left to do.

import { closeSync, fchmodSync, fstatSync, mkdirSync, openSync, renameSync, symlinkSync } from "node:fs"
import type { BindRecord, Placeholder } from "@bot-bottle/contracts"
import {
  type BytePath,
  bytePath,
  bytesOf,
  codeOf,
  findFile,
  findFolder,
  findFolderAt,
  findStat,
  findTool,
  locate,
  nameOf,
  type OpenFolder,
  openTopFolder,
  parentOf,
  textOf,
} from "@bot-bottle/kernel"
import { copyFileBytes, NEW_FILE } from "../copy/copy-file.ts"
import { copyTree, readLink } from "../copy/copy-tree.ts"
import { SHOW_ALL } from "../names/secret-names.ts"
import { removeBindRecord } from "./bind-record.ts"
import { removePlaceholder } from "./placeholders.ts"
import { scanProtected } from "./scan-protected.ts"

export interface BindEnd {
  /** Taken out of the folder, and where it is now. */
  readonly quarantined: readonly { readonly path: string; readonly to: string; readonly why: string }[]
  /** Failures, as text for the operator. */
  readonly problems: readonly string[]
}

export async function finishBind(root: string, { slug, plan, quarantine }: BindRecord): Promise<BindEnd> {
  const quarantined: { path: string; to: string; why: string }[] = []
  const problems: string[] = []
  try {
    using top = openTopFolder(plan.folder)
    // The last one made is removed first: it may lie in another.
    for (const placeholder of plan.placeholders.toReversed()) {
      const why = whyPlaceholderStays(top, placeholder)
      if (why !== undefined) problems.push(`${textOf(placeholder.path)} ${why} and was left in ${plan.folder}`)
    }
    const known = new Set<BytePath>(plan.known)
    const { entries, unseen } = scanProtected(top, plan.hide)
    for (const { path, why } of unseen)
      problems.push(`${textOf(path)} in ${plan.folder} could not be read (${why}); do not trust its contents`)
    const planted = entries.filter(({ path }) => !known.has(path) && !isPlaceholder(plan, path))
    for (const [index, { path, why }] of planted.entries()) {
      const to = `${quarantine}/${index + 1}-${Date.now()}`
      try {
        await takeAway(top, path, to)
        quarantined.push({ path: textOf(path), to: `${to}/${textOf(nameOf(path))}`, why })
      } catch (error) {
        problems.push(
          `${textOf(path)} could not be taken out of ${plan.folder} (${codeOf(error)}); do not trust it: ${why}`,
        )
      }
    }
  } catch (error) {
    if (!["ENOENT", "ENOTDIR", "ELOOP"].includes(codeOf(error))) throw error
    problems.push(`${plan.folder} is gone`)
  }
  removeBindRecord(root, slug)
  return { quarantined, problems }
}

/** A placeholder that was left behind is known already, and belongs to somebody else by now. */
function isPlaceholder({ placeholders }: BindRecord["plan"], path: BytePath): boolean {
  return placeholders.some((one) => one.path === path || one.path.startsWith(`${path}/`))
}

function whyPlaceholderStays(top: OpenFolder, placeholder: Placeholder): string | undefined {
  try {
    return removePlaceholder(top, placeholder) ? undefined : "is not empty any more"
  } catch (error) {
    return `could not be removed (${codeOf(error)})`
  }
}

async function takeAway(top: OpenFolder, path: BytePath, to: string): Promise<void> {
  mkdirSync(to, { recursive: true, mode: 0o700 })
  using target = openTopFolder(to)
  using folder = findFolderAt(top, parentOf(path))
  if (folder === undefined) return
  const name = nameOf(path)
  try {
    renameSync(locate(folder, name), locate(target, name))
  } catch (error) {
    if (codeOf(error) === "EXDEV") return await copyAway(folder, name, target)
    if (!["EACCES", "EPERM"].includes(codeOf(error))) throw error
    // The agent's modes, on its own folders.
    makeWritable(folder)
    using moved = findFolder(folder, name)
    if (moved !== undefined) makeWritable(moved)
    renameSync(locate(folder, name), locate(target, name))
  }
}

function makeWritable(folder: OpenFolder): void {
  fchmodSync(folder.fd, (fstatSync(folder.fd).mode & 0o777) | 0o700)
}

/** To another file system. An entry that is neither file, folder nor link holds nothing, and is removed. */
async function copyAway(folder: OpenFolder, name: BytePath, target: OpenFolder): Promise<void> {
  const stat = findStat(folder, name)
  if (stat?.isSymbolicLink() === true) symlinkSync(bytesOf(readLink(folder, name)), locate(target, name))
  using file = findFile(folder, name)
  if (file !== undefined) {
    const fd = openSync(locate(target, name), NEW_FILE, 0o600)
    try {
      copyFileBytes(file.fd, fd, { hashed: false })
    } finally {
      closeSync(fd)
    }
  }
  using inner = findFolder(folder, name)
  if (inner !== undefined) {
    mkdirSync(locate(target, name), { mode: 0o700 })
    using made = findFolder(target, name)
    if (made !== undefined) await copyTree(inner, made, { hide: SHOW_ALL, onLargeFile: () => {} })
  }
  // Under a name that an argument can carry. rm(1) follows no link and takes deep trees.
  const going = bytePath(`.bot-bottle-${crypto.randomUUID()}`)
  renameSync(locate(folder, name), locate(folder, going))
  const place = `/proc/${process.pid}/fd/${folder.fd}/${going}`
  const child = Bun.spawn([findTool("rm") ?? "rm", "-rf", "--one-file-system", "--", place], {
    stdio: ["ignore", "ignore", "ignore"],
  })
  if ((await child.exited) !== 0) throw new Error(`the rest of it is called ${going}`)
}
