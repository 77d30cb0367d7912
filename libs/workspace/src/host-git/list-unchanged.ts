// Which files of a folder are as the repository's index has them: their contents are in its history.

import { writeFileSync } from "node:fs"
import { join } from "node:path"
import { type BytePath, bytePath, bytePathOf, type OpenFolder } from "@bot-bottle/kernel"
import { readPlainFile } from "../read-file.ts"
import { findGit, openOwnRepository, runGit } from "./run-git.ts"

const MAX_INDEX_BYTES = 256 * 1024 * 1024
const MAX_FILE_BYTES = 1024 * 1024

/** Of the repository at the top; nothing without Git, and nothing that a filter changes on its way. */
export async function listUnchanged(top: OpenFolder, paths: readonly BytePath[]): Promise<ReadonlySet<BytePath>> {
  const unchanged = new Set<BytePath>()
  const index = paths.length === 0 ? undefined : readPlainFile(top, bytePath(".git/index"), MAX_INDEX_BYTES)
  if (index === undefined || findGit() === undefined) return unchanged
  using own = openOwnRepository()
  const indexFile = join(own.path, "index")
  writeFileSync(indexFile, index)
  const asked = new Set(paths)
  const { stdout, exitCode } = await runGit(own, ["ls-files", "--stage", "-z"], { indexFile })
  if (exitCode !== 0) return unchanged
  for (const line of bytePathOf(stdout).split("\0")) {
    const [, id = "", path] = line.match(/^100[0-7]{3} ([0-9a-f]+) 0\t(.+)$/s) ?? []
    if (path === undefined || !asked.has(path as BytePath)) continue
    const bytes = readPlainFile(top, path as BytePath, MAX_FILE_BYTES)
    if (bytes !== undefined && hashBlob(bytes, id.length) === id) unchanged.add(path as BytePath)
  }
  return unchanged
}

function hashBlob(bytes: Uint8Array, idLength: number): string {
  const hash = new Bun.CryptoHasher(idLength === 64 ? "sha256" : "sha1")
  return hash.update(`blob ${bytes.byteLength}\0`).update(bytes).digest("hex")
}
