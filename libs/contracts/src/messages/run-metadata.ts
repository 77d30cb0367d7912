// `state/<slug>/metadata.json`: what a run was, for people and later commands. Its keys are
// snake_case, and files of older builds lack some of them.

import * as v from "valibot"
import { boundedText, type EntriesOf, listOf, name, recordOf } from "./shapes/bounds.ts"
import type { MessageSchema } from "./shapes/parse-message.ts"

export interface RunMetadata {
  readonly agent: string
  readonly bottles: readonly string[]
  readonly ancestors: readonly string[]
  /** Host folder the workspace was copied from, or is; absent without either. */
  readonly cwd?: string
  /** Host folder the operator typed the command in. Absent from older files. */
  readonly startedIn?: string
  /** `bind`: the agent works in `cwd` itself. Absent from older files, and for a copy or an empty workspace. */
  readonly workspace?: "bind"
  /** The workspace's path in the bottle, when it is not the usual one. */
  readonly guestPath?: string
  readonly mode: "interactive" | "headless"
  readonly provider: string
  readonly backend: string
  readonly label: string
  /** One of COLORS, or `""`. */
  readonly color: string
  /** ISO 8601 with offset. */
  readonly startedAt: string
  /** The last time it was frozen; absent while it runs and after it ended by itself. */
  readonly frozenAt?: string
  /** The latest time. */
  readonly resumedAt?: string
  readonly toolchainVersion?: string
  /** SHA-256, hex. */
  readonly policyHash?: string
  readonly manifestHash?: string
}

export const MAX_RUN_METADATA = 1024 * 1024

/** The file's name of each field. */
const KEYS = {
  agent: "agent",
  bottles: "bottles",
  ancestors: "ancestors",
  cwd: "cwd",
  startedIn: "started_in",
  workspace: "workspace",
  guestPath: "guest_path",
  mode: "mode",
  provider: "provider",
  backend: "backend",
  label: "label",
  color: "color",
  startedAt: "started_at",
  frozenAt: "frozen_at",
  resumedAt: "resumed_at",
  toolchainVersion: "toolchain_version",
  policyHash: "policy_hash",
  manifestHash: "manifest_hash",
} as const satisfies Record<keyof RunMetadata, string>

const text = () => v.optional(boundedText(16_384), "")
const names = () => v.optional(listOf(name(), 10_000), [])
const optionalText = () => v.exactOptional(boundedText(16_384))

const fieldsSchema = v.object({
  agent: text(),
  bottles: names(),
  ancestors: names(),
  cwd: optionalText(),
  startedIn: optionalText(),
  workspace: v.exactOptional(v.literal("bind")),
  guestPath: optionalText(),
  mode: v.optional(v.picklist(["interactive", "headless"]), "interactive"),
  provider: text(),
  backend: v.optional(boundedText(16_384), "bwrap"),
  label: text(),
  color: text(),
  startedAt: text(),
  frozenAt: optionalText(),
  resumedAt: optionalText(),
  toolchainVersion: optionalText(),
  policyHash: optionalText(),
  manifestHash: optionalText(),
} satisfies EntriesOf<RunMetadata>)

export const runMetadataSchema: MessageSchema<RunMetadata> = v.pipe(
  recordOf(v.unknown(), 1_000),
  v.transform((file): unknown => fromFile(file)),
  fieldsSchema,
)

export function encodeRunMetadata(metadata: RunMetadata): string {
  const pairs = Object.entries(KEYS).map(([field, key]) => [key, metadata[field as keyof RunMetadata]])
  return `${JSON.stringify(Object.fromEntries(pairs), undefined, 2)}\n`
}

function fromFile(file: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const present = Object.entries(KEYS).filter(([, key]) => file[key] !== undefined)
  return Object.fromEntries(present.map(([field, key]) => [field, file[key]]))
}
