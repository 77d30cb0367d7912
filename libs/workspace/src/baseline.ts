// The content of a workspace when it was filled: the state that `diff` and `apply` compare with.
//
// Names, kinds and hashes, no contents: those are in the original folder still, or in its
// history. Kept beside the run's other files, where no bottle sees it. Git's own folders are
// not in it: what they hold is never compared file by file.

import { closeSync, fsyncSync, openSync, readFileSync, renameSync, writeFileSync } from "node:fs"
import {
  type BaselineEntry,
  type Entry,
  type MessageOf,
  type MessageSchema,
  OperatorProblem,
} from "@bot-bottle/contracts"
import { baselineHeadSchema, baselineLineSchema, MAX_BASELINE_LINE } from "@bot-bottle/contracts/messages/baseline"
import { parseMessage } from "@bot-bottle/contracts/messages/shapes/parse-message"
import type { BytePath } from "@bot-bottle/kernel"
import type { HideRules } from "./names/secret-names.ts"

export type { BaselineEntry, Entry }

export interface Baseline {
  /** Absolute host path of the original folder; absent when the workspace began empty. */
  readonly source?: string
  readonly entries: ReadonlyMap<BytePath, BaselineEntry>
  /** The bottle's: `apply` leaves these names alone too. */
  readonly hide: HideRules
}

const VERSION = 1

export function isSameEntry(a: Entry | undefined, b: Entry | undefined): boolean {
  if (a === undefined || b === undefined) return a === b
  if (a.kind === "link" || b.kind === "link") return a.kind === b.kind && linkTarget(a) === linkTarget(b)
  return a.hash === b.hash && a.executable === b.executable
}

function linkTarget(entry: Entry): string | undefined {
  return entry.kind === "link" ? entry.target : undefined
}

/** Replaced whole. */
export function writeBaseline(path: string, { source, entries, hide }: Baseline): void {
  const head = JSON.stringify({
    version: VERSION,
    ...(source === undefined ? {} : { source }),
    ...(hide.length === 0 ? {} : { hide }),
  })
  const lines = [...entries].map(([name, entry]) => JSON.stringify([name, entry]))
  const draft = `${path}.draft`
  const fd = openSync(draft, "w", 0o600)
  try {
    writeFileSync(fd, `${[head, ...lines].join("\n")}\n`)
    fsyncSync(fd)
  } finally {
    closeSync(fd)
  }
  renameSync(draft, path)
}

/** Throws OperatorProblem when there is none that this build can read. */
export function loadBaseline(path: string, slug: string): Baseline {
  let text: string
  try {
    text = readFileSync(path, "utf8")
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error
    throw new OperatorProblem(`run '${slug}' has no record of what its workspace began with`, {
      hint: "it was started by an older build, without --cwd, or was killed; only a workspace that was copied can be compared",
      cause: error,
    })
  }
  const [head = "", ...lines] = text.split("\n")
  const read = <Schema extends MessageSchema>(schema: Schema, line: string): MessageOf<Schema> => {
    const parsed = parseMessage(schema, line, { maxLength: MAX_BASELINE_LINE })
    if (parsed.outcome === "parsed") return parsed.message
    throw new OperatorProblem(`${path} is invalid: ${parsed.problem}`, {
      hint: "another build of bot-bottle may have written it; the workspace itself is untouched",
    })
  }
  const { version, source, hide = [] } = read(baselineHeadSchema, head)
  if (version !== VERSION) throw new OperatorProblem(`run '${slug}' was started by another build of bot-bottle`)
  const entries = new Map(lines.filter((line) => line !== "").map((line) => read(baselineLineSchema, line)))
  return { ...(source === undefined ? {} : { source }), entries, hide }
}
