// Reads and writes `state/<slug>/launch.json`. Its shape is in libs/contracts.

import { readFileSync, renameSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { type LaunchRecord, OperatorProblem, type Parsed, runFolders, type Slug } from "@bot-bottle/contracts"
import { launchRecordSchema, MAX_LAUNCH_RECORD } from "@bot-bottle/contracts/messages/launch-record"
import { parseMessage } from "@bot-bottle/contracts/messages/shapes/parse-message"
import { ifThere } from "@bot-bottle/kernel"

export const LAUNCH_RECORD_FILE = "launch.json"

/** Replaced whole, so that a reader never sees half of it. */
export function writeLaunchRecord(root: string, slug: Slug, record: LaunchRecord): void {
  const path = pathOf(root, slug)
  writeFileSync(`${path}.draft`, JSON.stringify(record), { mode: 0o600 })
  renameSync(`${path}.draft`, path)
}

/** Undefined for a run whose state is gone. Throws OperatorProblem when the record is invalid. */
export function findLaunchRecord(root: string, slug: Slug): LaunchRecord | undefined {
  const read = readLaunchRecord(root, slug)
  if (read === undefined || read.outcome === "parsed") return read?.message
  throw new OperatorProblem(`the launch record of run '${slug}' is invalid: ${read.problem}`, {
    hint: `${pathOf(root, slug)} may be from another version of bot-bottle; to end the run: bot-bottle kill ${slug}`,
  })
}

/** For commands that must go past an invalid record: to end its run, or to show others. */
export function readLaunchRecord(root: string, slug: Slug): Parsed<LaunchRecord> | undefined {
  const text = ifThere(() => readFileSync(pathOf(root, slug), "utf8"))
  return text === undefined ? undefined : parseMessage(launchRecordSchema, text, { maxLength: MAX_LAUNCH_RECORD })
}

function pathOf(root: string, slug: Slug): string {
  return join(runFolders(root, slug).state, LAUNCH_RECORD_FILE)
}
