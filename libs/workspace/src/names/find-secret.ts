// Whether an entry of a folder may hold a secret: by its name and, where that does not decide, by
// the beginning of its contents.

import { type BigIntStats, readSync } from "node:fs"
import { type BytePath, findFile, namesOf, type OpenFolder } from "@bot-bottle/kernel"
import { type HideRules, holdsSecret, judgeSecret, LOOKED_AT_BYTES } from "./secret-names.ts"

/** A link to one is a link: what it leads to is judged where it lies. */
export function isSecret(folder: OpenFolder, name: BytePath, stat: BigIntStats, rules: HideRules): boolean {
  if (!stat.isFile() && !stat.isDirectory()) return false
  const folders = folder.path === "" ? [] : namesOf(folder.path)
  const verdict = judgeSecret(name, { folders, isFolder: stat.isDirectory(), rules })
  if (verdict !== "depends-on-contents") return verdict === "hidden"
  using file = findFile(folder, name)
  if (file === undefined) return true
  const bytes = Buffer.alloc(LOOKED_AT_BYTES)
  return holdsSecret(bytes.toString("latin1", 0, readSync(file.fd, bytes, 0, bytes.length, 0)))
}
