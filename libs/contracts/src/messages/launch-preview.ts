// `start --dry-run --json`: a launch as it would be made, for programs. Keys are never renamed.
// Credentials and environment stand in it by name and kind, never by value.

import * as v from "valibot"
import { boundedText, wholeNumber } from "./shapes/bounds.ts"
import type { MessageOf } from "./shapes/parse-message.ts"

const text = boundedText(64 * 1024)

const matchSchema = v.object({
  methods: v.union([v.literal("every"), v.array(text)]),
  paths: v.union([v.literal("every"), v.array(v.object({ type: text, value: text }))]),
  headers: v.array(text),
})

export const launchPreviewSchema = v.object({
  agent: text,
  agent_file: text,
  bottles: v.array(text),
  label: text,
  provider: text,
  provider_version: v.nullable(text),
  backend: text,
  image: v.nullable(text),
  /** The run that would be resumed; null for a new one. */
  resumes: v.nullable(text),
  workspace: v.object({
    kind: v.picklist(["copy", "bind", "empty", "kept"]),
    folder: v.nullable(text),
    /** Entries that may hold secrets and are not shown. Null where nothing is copied or bound. */
    hidden_entries: v.nullable(wholeNumber(0, Number.MAX_SAFE_INTEGER)),
  }),
  limits: v.array(v.object({ limit: text, kept: text, by: text, detail: text })),
  env: v.array(v.object({ name: text, from: v.picklist(["bottle", "host", "asked"]) })),
  /** Everything else is refused, unless `observe`. */
  routes: v.array(
    v.object({
      effect: v.picklist(["allow", "deny"]),
      scheme: text,
      host: text,
      port: wholeNumber(0, 65_535),
      inspect: v.boolean(),
      matches: v.union([v.literal("every"), v.array(matchSchema)]),
      metered_as: v.nullable(text),
      /** Null for a route without one, and where it is missing. */
      credential: v.nullable(text),
      origin: text,
    }),
  ),
  observe: v.boolean(),
  /** `source` is null for a credential that is missing: a start would be refused. */
  credentials: v.array(v.object({ provider: text, source: v.nullable(text), fix: v.nullable(text) })),
  budgets: v.array(
    v.object({
      provider: text,
      scope: text,
      key: text,
      unit: text,
      limit: wholeNumber(0, Number.MAX_SAFE_INTEGER),
      used: wholeNumber(0, Number.MAX_SAFE_INTEGER),
      window: text,
    }),
  ),
  shutdown: text,
})

export type LaunchPreviewJson = MessageOf<typeof launchPreviewSchema>
