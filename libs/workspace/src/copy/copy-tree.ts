// One folder tree copied into an empty folder of ours, with a record of what arrived.
//
// Both trees are walked through open folders, so that nothing outside either is read or written,
// whoever renames what meanwhile. Entries that cannot be copied are left out, and named.

import {
  type BigIntStats,
  closeSync,
  fchmodSync,
  fstatSync,
  mkdirSync,
  openSync,
  readlinkSync,
  readSync,
  symlinkSync,
} from "node:fs"
import {
  type BytePath,
  bytePathOf,
  bytesOf,
  codeOf,
  findFolder,
  findFolderAt,
  findStat,
  joinPath,
  listNames,
  locate,
  nameOf,
  type OpenFolder,
  openSeenFile,
  parentOf,
} from "@bot-bottle/kernel"
import type { BaselineEntry } from "../baseline.ts"
import { isSecret } from "../names/find-secret.ts"
import { isGitName, pointsInside } from "../names/git-folder.ts"
import type { HideRules } from "../names/secret-names.ts"
import { stampOf } from "../stamp.ts"
import { copyFileBytes, NEW_FILE, setTimes } from "./copy-file.ts"

export interface SkippedEntry {
  readonly path: BytePath
  /** In words. */
  readonly why: string
}

export interface TreeCopy {
  readonly entries: Map<BytePath, BaselineEntry>
  readonly skipped: SkippedEntry[]
  /** `.git` folders, and `.git` files that lead out of the folder; those were not copied. */
  readonly repositories: BytePath[]
  readonly pointers: BytePath[]
  /** Not copied, since they may hold a secret. */
  readonly hidden: BytePath[]
  /** Copies one of these after all. */
  bringHidden(path: BytePath): void
}

export interface CopyOptions {
  readonly hide: HideRules
  /** Called before a file whose copy alone may take long, and lets nothing else happen meanwhile. */
  readonly onLargeFile: () => void
}

/** Each level holds two descriptors open. No path that programs can name in one piece is deeper by much. */
export const MAX_LEVELS = 256
/** Git's own files arrive like all others and are not in the record. */
const PAUSE_EVERY_MS = 20
const LARGE_FILE_BYTES = 256 * 1024 * 1024
/** POSIX counts `st_blocks` in units of 512 bytes. */
const BLOCK_BYTES = 512

/** Throws what the file system says when the target cannot be written. `source` and `target` stay open. */
export async function copyTree(source: OpenFolder, target: OpenFolder, options: CopyOptions): Promise<TreeCopy> {
  const copy: TreeCopy = { entries: new Map(), skipped: [], repositories: [], pointers: [], hidden: [], bringHidden }
  let pausedAtMs = Date.now()
  await copyFolder(source, target, { levels: 0, isRecorded: true })
  return copy

  async function copyFolder(from: OpenFolder, to: OpenFolder, place: Place): Promise<void> {
    for (const name of listNames(from)) {
      // Signals, and the proxy's start, are not to wait for a large tree.
      if (Date.now() - pausedAtMs > PAUSE_EVERY_MS) {
        await new Promise(setImmediate)
        pausedAtMs = Date.now()
      }
      const path = joinPath(from.path, name)
      const why = await copyEntry(from, to, name, place)
      if (why !== undefined) copy.skipped.push({ path, why })
    }
  }

  function bringHidden(path: BytePath): void {
    using from = findFolderAt(source, parentOf(path))
    using to = findFolderAt(target, parentOf(path))
    if (from === undefined || to === undefined) return
    const stat = fstatSync(to.fd, { bigint: true })
    const seen = findStat(from, nameOf(path))
    if (seen !== undefined) copyFile(from, to, nameOf(path), { stat: seen, isRecorded: true })
    setTimes(to.fd, stat)
  }

  /** Why not, in words. */
  async function copyEntry(
    from: OpenFolder,
    to: OpenFolder,
    name: BytePath,
    place: Place,
  ): Promise<string | undefined> {
    const stat = findStat(from, name)
    if (stat === undefined) return "it vanished while the folder was copied"
    const isRecorded = place.isRecorded && !isGitName(name)
    try {
      if (isRecorded && isSecret(from, name, stat, options.hide)) {
        copy.hidden.push(joinPath(from.path, name))
        return undefined
      }
      if (stat.isDirectory()) return await enterFolder(from, to, name, { levels: place.levels + 1, isRecorded })
      if (stat.isFile()) return copyFile(from, to, name, { stat, isRecorded })
      if (stat.isSymbolicLink()) return copyLink(from, to, name, isRecorded)
    } catch (error) {
      if (["EACCES", "EPERM"].includes(codeOf(error))) return "it may not be read"
      if (["EINVAL", "ENOENT"].includes(codeOf(error))) return "it changed while it was copied"
      throw error
    }
    return `it is ${describeKind(stat)}`
  }

  async function enterFolder(
    from: OpenFolder,
    to: OpenFolder,
    name: BytePath,
    place: Place,
  ): Promise<string | undefined> {
    if (place.levels > MAX_LEVELS) return `it lies ${MAX_LEVELS} folders deep`
    using inner = findFolder(from, name)
    if (inner === undefined) return "it changed while it was copied"
    const stat = fstatSync(inner.fd, { bigint: true })
    mkdirSync(locate(to, name), { mode: 0o700 })
    using made = findFolder(to, name)
    if (made === undefined) throw new Error("The copy is changed by somebody else")
    if (isGitName(name)) copy.repositories.push(joinPath(from.path, name))
    await copyFolder(inner, made, place)
    // The copy's owner can always work in it.
    fchmodSync(made.fd, modeOf(stat) | 0o700)
    setTimes(made.fd, stat)
    return undefined
  }

  function copyFile(
    from: OpenFolder,
    to: OpenFolder,
    name: BytePath,
    { stat, isRecorded }: SeenFile,
  ): string | undefined {
    using file = openSeenFile(from, name, stat)
    if (file === undefined) return "it changed while it was copied"
    if (isGitName(name) && !pointsInside(joinPath(from.path, name), readPointer(file.fd))) {
      copy.pointers.push(joinPath(from.path, name))
      return undefined
    }
    // A Git that runs there holds it; in the copy nobody does.
    if (!isRecorded && name.endsWith(".lock")) return undefined
    if (Number(file.stat.blocks) * BLOCK_BYTES >= LARGE_FILE_BYTES) options.onLargeFile()
    const target = openSync(locate(to, name), NEW_FILE, 0o600)
    try {
      const { size, hash } = copyFileBytes(file.fd, target, { hashed: isRecorded, stat: file.stat })
      const mode = modeOf(file.stat)
      const executable = (mode & 0o100) !== 0
      fchmodSync(target, mode)
      setTimes(target, file.stat)
      const stamp = stampOf(file.stat, Date.now())
      if (hash !== undefined) {
        const entry = { kind: "file", executable, size, hash } as const
        copy.entries.set(joinPath(from.path, name), stamp === undefined ? entry : { ...entry, stamp })
      }
    } finally {
      closeSync(target)
    }
    return undefined
  }

  function copyLink(from: OpenFolder, to: OpenFolder, name: BytePath, isRecorded: boolean): undefined {
    const target = readLink(from, name)
    symlinkSync(bytesOf(target), locate(to, name))
    if (isRecorded) copy.entries.set(joinPath(from.path, name), { kind: "link", target })
    return undefined
  }
}

interface SeenFile {
  readonly stat: BigIntStats
  readonly isRecorded: boolean
}

interface Place {
  readonly levels: number
  readonly isRecorded: boolean
}

export function readLink(folder: OpenFolder, name: BytePath): BytePath {
  return bytePathOf(readlinkSync(locate(folder, name), { encoding: "buffer" }))
}

export function describeKind(stat: BigIntStats): string {
  if (stat.isFIFO()) return "a FIFO"
  if (stat.isSocket()) return "a socket"
  if (stat.isCharacterDevice() || stat.isBlockDevice()) return "a device"
  if (stat.isDirectory()) return "a folder"
  return stat.isSymbolicLink() ? "a link" : "a file"
}

function readPointer(fd: number): string {
  const bytes = Buffer.alloc(4096)
  return bytes.toString("latin1", 0, readSync(fd, bytes, 0, bytes.length, 0))
}

/** Without setuid, setgid and sticky: a copy grants nobody what it was not given for. */
function modeOf(stat: BigIntStats): number {
  return Number(stat.mode & 0o777n)
}
