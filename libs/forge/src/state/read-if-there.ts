// Files that may not exist yet. Only "it does not exist" is an answer. A host without free descriptors, or
// with a failing disk, must not look like a silent run or a launch that never began.

import { readdir, readFile, stat } from "node:fs/promises"

export async function readIfThere(path: string): Promise<string | undefined> {
  return await readFile(path, "utf8").catch(undefinedIfAbsent)
}

export async function listIfThere(folder: string): Promise<readonly string[]> {
  return (await readdir(folder).catch(undefinedIfAbsent)) ?? []
}

/** When it was last written. */
export async function changedAtIfThere(path: string): Promise<number | undefined> {
  return (await stat(path).catch(undefinedIfAbsent))?.mtimeMs
}

function undefinedIfAbsent(error: NodeJS.ErrnoException): undefined {
  if (error.code !== "ENOENT") throw error
}
