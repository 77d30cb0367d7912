// Bind mode's records and messages. `state/<slug>/bind.json` says what must be removed from an
// operator's folder after a run; the launcher and the guard process exchange the rest.

import * as v from "valibot"
import type { ProcessIdentity } from "../run/process-identity.ts"
import type { Slug } from "../run/run.ts"
import { type BytePath, isInnerPath } from "../text/byte-path.ts"
import { boundedText, type EntriesOf, listOf, nonEmptyText, path, processIdentity } from "./shapes/bounds.ts"
import type { MessageOf, MessageSchema } from "./shapes/parse-message.ts"

export interface BindPlan {
  /** Absolute and without links. */
  readonly folder: string
  /** Mounted read-write onto themselves. Relative to the folder; parents first. */
  readonly pinned: readonly string[]
  /** Mounted read-only onto themselves. */
  readonly readOnly: readonly string[]
  readonly placeholders: readonly Placeholder[]
  /** The protected paths that existed when the run began. */
  readonly known: readonly BytePath[]
  /** The rules by which secrets were hidden: what the agent did not see is not looked into afterwards. */
  readonly hide: readonly string[]
}

export interface Placeholder {
  readonly path: BytePath
  /** An empty folder, or a file of this text. */
  readonly kind: "folder" | { readonly text: string }
}

export interface BindRecord {
  readonly slug: Slug
  readonly plan: BindPlan
  /** The process that cleans up. After its death any other process may, once the owners are dead as well. */
  readonly guard: ProcessIdentity
  /** The launcher, and the processes of its bottle from the moment that they are known: the agent may still write. */
  readonly owners: readonly ProcessIdentity[]
  /** Host folder for whatever is taken away. */
  readonly quarantine: string
}

export const MAX_BIND_MESSAGE = 16 * 1024 * 1024
const MAX_PATHS = 100_000
const MAX_PROCESSES = 100_000

const INNER = "a path inside the folder"
const innerPath = () => v.pipe(boundedText(8_192), v.check(isInnerPath, INNER))
const bytePath = () => v.pipe(boundedText(8_192), v.custom<BytePath>(isBytePath, INNER))

function isBytePath(value: unknown): boolean {
  return typeof value === "string" && isInnerPath(value) && [...value].every((one) => one <= "\u00ff")
}

const bindPlanSchema: MessageSchema<BindPlan> = v.object({
  folder: path(),
  pinned: listOf(innerPath(), MAX_PATHS),
  readOnly: listOf(innerPath(), MAX_PATHS),
  placeholders: listOf(
    v.object({
      path: bytePath(),
      kind: v.union([v.literal("folder"), v.object({ text: boundedText(65_536) })]),
    } satisfies EntriesOf<Placeholder>),
    MAX_PATHS,
  ),
  known: listOf(bytePath(), MAX_PATHS),
  hide: v.optional(listOf(boundedText(256), MAX_PATHS), []),
} satisfies EntriesOf<BindPlan>)

export const bindRecordSchema: MessageSchema<BindRecord> = v.object({
  slug: nonEmptyText(256),
  plan: bindPlanSchema,
  guard: processIdentity(),
  owners: listOf(processIdentity(), MAX_PROCESSES),
  quarantine: path(),
} satisfies EntriesOf<BindRecord>)

/** Launcher to guard. */
export const guardOrderSchema = v.variant("kind", [
  v.object({
    kind: v.literal("guard"),
    root: path(),
    slug: nonEmptyText(256),
    plan: bindPlanSchema,
    quarantine: path(),
    launcher: processIdentity(),
  }),
  /** All processes that must end before the folder is cleaned up. */
  v.object({ kind: v.literal("bottle"), processes: listOf(processIdentity(), MAX_PROCESSES) }),
])

/** Guard to launcher. */
export const guardReportSchema = v.variant("kind", [
  v.object({ kind: v.literal("ready") }),
  v.object({ kind: v.literal("failed"), why: boundedText(4_096) }),
  /** The host removed or replaced this path, and with it its protection. */
  v.object({ kind: v.literal("broken"), path: path() }),
  v.object({
    kind: v.literal("ended"),
    /** Each was moved out of the folder, to `to`. */
    quarantined: listOf(
      v.object({ path: boundedText(8_192), to: boundedText(8_192), why: boundedText(8_192) }),
      MAX_PATHS,
    ),
    /** Failures, as text for the operator. */
    problems: listOf(boundedText(8_192), MAX_PATHS),
  }),
])

export type GuardOrder = MessageOf<typeof guardOrderSchema>
export type GuardReport = MessageOf<typeof guardReportSchema>
