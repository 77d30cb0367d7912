// Reads and writes `state/<slug>/bind.json`, the list of things to remove from an operator's folder
// after a run that worked in it. It is written before anything is put into the folder, and removed
// after everything is gone. Its shape is in libs/contracts.

import { readdirSync, readFileSync, rmSync } from "node:fs"
import { join } from "node:path"
import { type BindRecord, type Parsed, runFolders, type Slug } from "@bot-bottle/contracts"
import { bindRecordSchema, MAX_BIND_MESSAGE } from "@bot-bottle/contracts/messages/bind-record"
import { parseMessage } from "@bot-bottle/contracts/messages/shapes/parse-message"
import { ifThere, replaceFile } from "@bot-bottle/kernel"

export function writeBindRecord(root: string, record: BindRecord): void {
  replaceFile(pathOf(root, record.slug), JSON.stringify(record))
}

export function removeBindRecord(root: string, slug: Slug): void {
  rmSync(pathOf(root, slug), { force: true })
}

/** The records of all runs that are not cleaned up. An invalid one is left out; see `listInvalidBindRecords`. */
export function listBindRecords(root: string): readonly BindRecord[] {
  return readBindRecords(root).flatMap(({ record }) => (record.outcome === "parsed" ? [record.message] : []))
}

/** One sentence for each record that cannot be read: its folder may still hold what a run left. */
export function listInvalidBindRecords(root: string): readonly string[] {
  return readBindRecords(root).flatMap(({ slug, record }) =>
    record.outcome === "invalid"
      ? [
          `${pathOf(root, slug)} is invalid (${record.problem}); check the folder that run '${slug}' worked in, then remove the file`,
        ]
      : [],
  )
}

function readBindRecords(root: string): readonly { readonly slug: Slug; readonly record: Parsed<BindRecord> }[] {
  return (ifThere(() => readdirSync(join(root, "state"))) ?? []).flatMap((slug) => {
    try {
      const text = readFileSync(pathOf(root, slug), "utf8")
      return [{ slug, record: parseMessage(bindRecordSchema, text, { maxLength: MAX_BIND_MESSAGE }) }]
    } catch (error) {
      if (["ENOENT", "ENOTDIR"].includes((error as NodeJS.ErrnoException).code ?? "")) return []
      throw error
    }
  })
}

function pathOf(root: string, slug: Slug): string {
  return runFolders(root, slug).bindRecord
}
