// A regular file's whole contents, when it is one and is not too large to be shown.

import { fstatSync, readSync } from "node:fs"
import { type BytePath, findFile, findFolderAt, nameOf, type OpenFolder, parentOf } from "@bot-bottle/kernel"

/** Undefined for anything else, and for a file that grows past the limit while it is read. */
export function readPlainFile(top: OpenFolder, path: BytePath, mostBytes: number): Buffer | undefined {
  using folder = findFolderAt(top, parentOf(path))
  if (folder === undefined) return undefined
  using file = findFile(folder, nameOf(path))
  if (file === undefined) return undefined
  const { size } = fstatSync(file.fd)
  if (size > mostBytes) return undefined
  const bytes = Buffer.alloc(size + 1)
  let read = 0
  for (;;) {
    const count = readSync(file.fd, bytes, read, bytes.length - read, read)
    read += count
    if (count === 0) return bytes.subarray(0, read)
    if (read === bytes.length) return undefined
  }
}
