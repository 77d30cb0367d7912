// `state/<slug>/bind.json`: what has to be taken away from an operator's folder when a run that
// works in it is over. There before anything is put into the folder, gone after nothing of it
// is left.

import { closeSync, fsyncSync, openSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { type ProcessIdentity, runFolders, type Slug } from "@bot-bottle/contracts"
import type { BindPlan } from "./plan-bind.ts"

export interface BindRecord {
  readonly slug: Slug
  readonly plan: BindPlan
  /** Whoever is to tidy up; once it is dead, anybody. */
  readonly guard: ProcessIdentity
  /** Host folder for what is taken away. */
  readonly quarantine: string
}

export function writeBindRecord(root: string, record: BindRecord): void {
  const path = pathOf(root, record.slug)
  const fd = openSync(`${path}.draft`, "w", 0o600)
  try {
    writeFileSync(fd, JSON.stringify(record))
    fsyncSync(fd)
  } finally {
    closeSync(fd)
  }
  renameSync(`${path}.draft`, path)
}

export function removeBindRecord(root: string, slug: Slug): void {
  rmSync(pathOf(root, slug), { force: true })
}

/** Of every run that is not tidied up after. */
export function listBindRecords(root: string): readonly BindRecord[] {
  return namesIn(join(root, "state")).flatMap((slug) => {
    try {
      return [JSON.parse(readFileSync(pathOf(root, slug), "utf8")) as BindRecord]
    } catch (error) {
      if (["ENOENT", "ENOTDIR"].includes((error as NodeJS.ErrnoException).code ?? "")) return []
      throw error
    }
  })
}

function namesIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return []
    throw error
  }
}

function pathOf(root: string, slug: Slug): string {
  return runFolders(root, slug).bindRecord
}
