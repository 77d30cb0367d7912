// How much of a disk one folder of a run takes, whatever its agent makes of it meanwhile.
//
// Nothing is reached through a link, and no other file system is entered. A file with several names
// counts once. An empty file still counts as an entry, since those run out as well. A folder that
// its owner cannot read is made readable for the moment, so that hiding gains nothing. A folder
// that stays closed makes the measure a lower bound.
//
//   INV-69  No way of keeping files hides them from the limit: closed folders, no name at all, or more than
//           can be looked through. A part that was not seen counts as everything that the disk has grown.

import { chmodSync, closeSync, constants, fstatSync, lstatSync, openSync, type Stats } from "node:fs"
import { readdir } from "node:fs/promises"
import { type BytePath, bytePathOf, codeOf, locate, type OpenFolder } from "@bot-bottle/kernel"
import type { Pace } from "./time-slices.ts"

export interface Measure {
  readonly bytes: number
  /** Of files that were written, or made, since then. */
  readonly writtenBytes: number
  readonly recentBytes: number
  /** False: at least as much as this. */
  readonly isWhole: boolean
}

export interface MeasureOptions {
  readonly writtenSinceMs: number
  readonly recentSinceMs: number
  readonly pace: Pace
}

/** The size that an entry without content counts as. */
export const ENTRY_BYTES = 1024
/** Each level holds one descriptor while it is looked into. */
const DEEPEST = 128

const FOLDER_FLAGS = constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW
/** Opens nothing, so that no mode forbids it. Node has no name for it. */
const O_PATH = 0o10_000_000

/** Nothing, for a folder that is not there. */
export async function measureFolder(path: string, options: MeasureOptions): Promise<Measure> {
  const count = createCount(options)
  using top = openFolder(Buffer.from(path), count)
  if (top !== undefined) await countFolder(top, fstatSync(top.fd).dev, 1, { count, pace: options.pace })
  return count.result()
}

interface Walk {
  readonly count: Count
  readonly pace: Pace
}

async function countFolder(folder: OpenFolder, dev: number, depth: number, walk: Walk): Promise<void> {
  const { count, pace } = walk
  for (const name of await listNames(folder)) {
    await pace.step()
    if (pace.isOver()) return count.miss()
    const stat = lstatSync(locate(folder, name), { throwIfNoEntry: false })
    if (stat === undefined || stat.dev !== dev) continue
    count.add(stat)
    if (!stat.isDirectory()) continue
    if (depth >= DEEPEST) {
      count.miss()
      continue
    }
    using below = openFolder(locate(folder, name), count)
    if (below !== undefined) await countFolder(below, dev, depth + 1, walk)
  }
}

async function listNames(folder: OpenFolder): Promise<readonly BytePath[]> {
  return (await readdir(`/proc/self/fd/${folder.fd}`, { encoding: "buffer" })).map(bytePathOf)
}

/** Undefined when it is not there any more, or cannot be looked into. */
function openFolder(path: Buffer, count: Count): OpenFolder | undefined {
  try {
    return hold(openSync(path, FOLDER_FLAGS))
  } catch (error) {
    if (codeOf(error) === "EACCES") return openClosed(path, count)
    // Renamed or replaced since it was listed: what is there now is counted the next time.
    if (["ENOENT", "ENOTDIR", "ELOOP"].includes(codeOf(error))) return undefined
    throw error
  }
}

/** Open to its owner until it is disposed. */
function openClosed(path: Buffer, count: Count): OpenFolder | undefined {
  try {
    const seen = openSync(path, O_PATH | constants.O_DIRECTORY | constants.O_NOFOLLOW)
    try {
      return openForTheMoment(seen)
    } catch (error) {
      closeSync(seen)
      throw error
    }
  } catch {
    // Not ours to open, or gone: either way something may be in it that was not counted.
    count.miss()
    return undefined
  }
}

function openForTheMoment(seen: number): OpenFolder {
  const itself = `/proc/self/fd/${seen}`
  const mode = fstatSync(seen).mode & 0o7777
  chmodSync(itself, mode | 0o500)
  const close = () => {
    chmodSync(itself, mode)
    closeSync(seen)
  }
  try {
    const opened = hold(openSync(`${itself}/.`, FOLDER_FLAGS))
    return {
      ...opened,
      [Symbol.dispose]: () => {
        opened[Symbol.dispose]()
        close()
      },
    }
  } catch (error) {
    chmodSync(itself, mode)
    throw error
  }
}

function hold(fd: number): OpenFolder {
  return { fd, path: "" as BytePath, [Symbol.dispose]: () => closeSync(fd) }
}

interface Count {
  add(stat: Stats): void
  /** Something could not be counted. */
  miss(): void
  result(): Measure
}

function createCount({ writtenSinceMs, recentSinceMs }: MeasureOptions): Count {
  const linked = new Set<number>()
  const sum = { bytes: 0, writtenBytes: 0, recentBytes: 0, isWhole: true }
  return {
    add(stat) {
      const { ino, nlink, blocks, ctimeMs } = stat
      if (nlink > 1 && !stat.isDirectory()) {
        if (linked.has(ino)) return
        linked.add(ino)
      }
      const bytes = Math.max(blocks * 512, ENTRY_BYTES)
      sum.bytes += bytes
      // The time of the last change is the kernel's own; no program can set it back.
      if (ctimeMs >= writtenSinceMs) sum.writtenBytes += bytes
      if (ctimeMs >= recentSinceMs) sum.recentBytes += bytes
    },
    miss() {
      sum.isWhole = false
    },
    result: () => ({ ...sum }),
  }
}
