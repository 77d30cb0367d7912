// Writes into, and looks into, a run's home after an agent has owned it.
//
// Every folder is opened by its own name from the one above it, and a file is replaced by rename.
// So a link or device that the agent planted is never followed, read or written through. A file or
// folder in the way is moved aside within its own folder, not removed: it may be the agent's work.
//
//   INV-150  Nothing outside a run's home is read or written because of what lies in the home.

import {
  closeSync,
  constants,
  fstatSync,
  lstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  writeFileSync,
} from "node:fs"
import { OperatorProblem } from "@bot-bottle/contracts"
import { mergeJsonFields } from "./merge-json-fields.ts"

export interface HomeFile {
  /** Relative to the home; plain names joined by `/`. */
  readonly path: string
  readonly content: string | Uint8Array
  readonly isExecutable?: boolean
  /** JSON whose other fields, where the file is there already, stay as they are. */
  readonly keepsOtherFields?: boolean
}

/** The new names, relative to the home, of what was moved aside. Throws OperatorProblem when a folder cannot be entered. */
export function writeHomeFiles(home: string, files: readonly HomeFile[]): readonly string[] {
  return files.flatMap((file) => {
    const { folders, name } = splitPath(file.path)
    const aside: string[] = []
    using folder = enter(home, folders, aside)
    const { content } = file
    const before = file.keepsOtherFields === true ? readPlainFile(folder, name) : undefined
    const merged = before === undefined || typeof content !== "string" ? content : mergeJsonFields(before, content)
    replaceFile(folder, name, { content: merged, mode: file.isExecutable === true ? 0o700 : 0o600 }, aside)
    return aside
  })
}

/** Makes sure that a folder of this name is in the home. Returns as `writeHomeFiles`. */
export function ensureHomeFolder(home: string, name: string): readonly string[] {
  const aside: string[] = []
  enter(home, [name], aside)[Symbol.dispose]()
  return aside
}

/**
 * True when some regular file matches; `*` in the pattern stands for any part of one name. With a
 * `text` the file has it, or is too large to look through.
 */
export function hasHomeFile(home: string, pattern: string, text?: string): boolean {
  using top = openFolder(home, "")
  return top !== undefined && holdsMatch(top, pattern.split("/"), text)
}

interface Folder extends Disposable {
  /** Names this very folder, wherever it is moved: everything in it is reached through here. */
  readonly path: string
  /** For messages, relative to the home. */
  readonly shown: string
}

const FOLDER_FLAGS = constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW
/** No configuration is larger; a larger file is replaced whole. */
const MAX_BYTES = 8 * 1024 * 1024

/** Undefined when nothing is there, or something other than a folder. */
function openFolder(path: string, shown: string): Folder | undefined {
  try {
    const fd = openSync(path, FOLDER_FLAGS)
    return { path: `/proc/self/fd/${fd}`, shown, [Symbol.dispose]: () => closeSync(fd) }
  } catch (error) {
    if (["ENOENT", "ENOTDIR", "ELOOP"].includes(codeOf(error))) return undefined
    throw cannotUse(shown === "" ? path : `~/${shown}`, error)
  }
}

function enter(home: string, names: readonly string[], aside: string[]): Folder {
  let folder = openFolder(home, "")
  if (folder === undefined) throw new OperatorProblem(`the run's home ${home} is not a folder`)
  for (const name of names) {
    using above: Folder = folder
    folder = openFolder(`${above.path}/${name}`, joinShown(above, name)) ?? makeFolder(above, name, aside)
  }
  return folder
}

function makeFolder(above: Folder, name: string, aside: string[]): Folder {
  moveAside(above, name, aside)
  attempt(joinShown(above, name), () => mkdirSync(`${above.path}/${name}`, { mode: 0o700 }))
  const made = openFolder(`${above.path}/${name}`, joinShown(above, name))
  if (made === undefined) throw new OperatorProblem(`~/${joinShown(above, name)} changes while bot-bottle reads it`)
  return made
}

interface NewFile {
  readonly content: string | Uint8Array
  readonly mode: number
}

function replaceFile(folder: Folder, name: string, { content, mode }: NewFile, aside: string[]): void {
  const draft = `${folder.path}/.${crypto.randomUUID()}.draft`
  attempt(joinShown(folder, name), () => {
    const flags = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW
    const fd = openSync(draft, flags, mode)
    try {
      writeFileSync(fd, content)
    } finally {
      closeSync(fd)
    }
    if (lstatSync(`${folder.path}/${name}`, { throwIfNoEntry: false })?.isFile() === false)
      moveAside(folder, name, aside)
    renameSync(draft, `${folder.path}/${name}`)
  })
}

function moveAside(folder: Folder, name: string, aside: string[]): void {
  const to = `${name}.set-aside-${crypto.randomUUID().slice(0, 8)}`
  try {
    renameSync(`${folder.path}/${name}`, `${folder.path}/${to}`)
  } catch (error) {
    if (codeOf(error) === "ENOENT") return
    throw cannotUse(`~/${joinShown(folder, name)}`, error)
  }
  aside.push(joinShown(folder, to))
}

/** Undefined for anything but a regular file of a bearable size. */
function readPlainFile(folder: Folder, name: string): string | undefined {
  let fd: number
  try {
    // Without O_NONBLOCK a FIFO would hold us until somebody writes to it.
    fd = openSync(`${folder.path}/${name}`, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK)
  } catch {
    return undefined // not there, a link, or not readable: nothing to keep
  }
  try {
    const stat = fstatSync(fd)
    return stat.isFile() && stat.size <= MAX_BYTES ? readFileSync(fd, "utf8") : undefined
  } finally {
    closeSync(fd)
  }
}

function holdsMatch(folder: Folder, [pattern = "", ...rest]: readonly string[], text: string | undefined): boolean {
  const [before = "", after] = pattern.split("*")
  const names =
    after === undefined
      ? [pattern]
      : readdirSync(folder.path).filter((name) => name.startsWith(before) && name.endsWith(after))
  return names.some((name) => {
    if (rest.length === 0) {
      const found = lstatSync(`${folder.path}/${name}`, { throwIfNoEntry: false })
      if (found?.isFile() !== true) return false
      return text === undefined || found.size > MAX_BYTES || readPlainFile(folder, name)?.includes(text) === true
    }
    using inner = openFolder(`${folder.path}/${name}`, joinShown(folder, name))
    return inner !== undefined && holdsMatch(inner, rest, text)
  })
}

function splitPath(path: string): { readonly folders: readonly string[]; readonly name: string } {
  const names = path.split("/")
  const name = names.pop()
  if (name === undefined || [...names, name].some((part) => part === "" || part === "." || part === ".."))
    throw new Error(`${JSON.stringify(path)} is not a path inside a home`)
  return { folders: names, name }
}

function joinShown(folder: Folder, name: string): string {
  return folder.shown === "" ? name : `${folder.shown}/${name}`
}

function attempt(shown: string, work: () => void): void {
  try {
    work()
  } catch (error) {
    throw error instanceof OperatorProblem ? error : cannotUse(`~/${shown}`, error)
  }
}

function cannotUse(shown: string, cause: unknown): OperatorProblem {
  return new OperatorProblem(`${shown} of the run cannot be used: ${codeOf(cause)}`, {
    hint: "the agent owned it; look at its mode, and at the free space",
    cause,
  })
}

function codeOf(error: unknown): string {
  return (error as NodeJS.ErrnoException).code ?? String(error)
}
