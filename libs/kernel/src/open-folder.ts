// Folders held open, and what is reached through them.
//
// A path is walked name by name, each folder opened from the one above it and never through a link.
// Everything is then named from the open folder itself, so that a rename on the way leads nowhere
// else. Only regular files are ever opened.
//
//   INV-150  Nothing in a workspace is reached through a link, and nothing that could block
//            or act on being opened is opened, whatever is renamed meanwhile.

import { type BigIntStats, closeSync, constants, fstatSync, lstatSync, openSync, readdirSync } from "node:fs"
import { type BytePath, bytePathOf, bytesOf, joinPath, namesOf } from "./byte-path.ts"

export interface OpenFolder extends Disposable {
  readonly fd: number
  /** From the top folder; for messages. */
  readonly path: BytePath
}

export interface OpenFile extends Disposable {
  readonly fd: number
  readonly stat: BigIntStats
}

const FOLDER_FLAGS = constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW
// Without O_NONBLOCK a FIFO put in the file's place would hold us until somebody writes.
const FILE_FLAGS = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK

/** The one folder that is named by a host path. The path's last name must not be a link. */
export function openTopFolder(path: string): OpenFolder {
  return hold(openSync(path, FOLDER_FLAGS), "" as BytePath)
}

/** Undefined when there is no such folder: nothing, a link, or something else. */
export function findFolder(above: OpenFolder, name: BytePath): OpenFolder | undefined {
  return unlessAbsent(() => hold(openSync(locate(above, name), FOLDER_FLAGS), joinPath(above.path, name)))
}

/** The folder at the end of `path`, every one on the way being a real folder. `""` is the top itself, opened again. */
export function findFolderAt(top: OpenFolder, path: BytePath): OpenFolder | undefined {
  let folder = hold(openSync(`/proc/self/fd/${top.fd}/.`, FOLDER_FLAGS), top.path)
  if (path === "") return folder
  for (const name of namesOf(path)) {
    using above: OpenFolder = folder
    const next = findFolder(above, name)
    if (next === undefined) return undefined
    folder = next
  }
  return folder
}

/** Undefined when it is not there. Never follows. */
export function findStat(folder: OpenFolder, name: BytePath): BigIntStats | undefined {
  return lstatSync(locate(folder, name), { bigint: true, throwIfNoEntry: false })
}

/** Undefined when it is not a regular file, or is not there any more. */
export function findFile(folder: OpenFolder, name: BytePath): OpenFile | undefined {
  const stat = findStat(folder, name)
  return stat === undefined ? undefined : openSeenFile(folder, name, stat)
}

/** The same, for a caller that has just looked at it: `seen` is what `findStat` gave. */
export function openSeenFile(folder: OpenFolder, name: BytePath, seen: BigIntStats): OpenFile | undefined {
  if (!seen.isFile()) return undefined
  return unlessAbsent(() => {
    const fd = openSync(locate(folder, name), FILE_FLAGS)
    const stat = fstatSync(fd, { bigint: true })
    if (stat.isFile()) return { fd, stat, [Symbol.dispose]: () => closeSync(fd) }
    closeSync(fd)
    return undefined
  })
}

/** Sorted by bytes. */
export function listNames(folder: OpenFolder): readonly BytePath[] {
  return readdirSync(`/proc/self/fd/${folder.fd}`, { encoding: "buffer" }).map(bytePathOf).sort()
}

/** The path that system calls accept for a name in an open folder. */
export function locate(folder: OpenFolder, name: BytePath): Buffer {
  return bytesOf(`/proc/self/fd/${folder.fd}/${name}`)
}

export function codeOf(error: unknown): string {
  return (error as NodeJS.ErrnoException).code ?? String(error)
}

function hold(fd: number, path: BytePath): OpenFolder {
  return { fd, path, [Symbol.dispose]: () => closeSync(fd) }
}

function unlessAbsent<T>(open: () => T): T | undefined {
  try {
    return open()
  } catch (error) {
    // ENXIO: a socket.
    if (["ENOENT", "ENOTDIR", "ELOOP", "ENXIO"].includes(codeOf(error))) return undefined
    throw error
  }
}
