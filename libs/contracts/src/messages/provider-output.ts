// Return values of a provider's functions. A plugin is the operator's own code, and it may be wrong:
// its values become command lines and files.

import * as v from "valibot"
import { isInnerPath } from "../text/byte-path.ts"
import { boundedText, environment, listOf, name, nonEmptyText, programArguments, recordOf } from "./shapes/bounds.ts"

const MAX_FILE = 16 * 1024 * 1024

const guestFileSchema = v.object({
  path: v.pipe(nonEmptyText(4_096), v.check(isInnerPath, "a path inside the guest's home")),
  content: boundedText(MAX_FILE),
  keepsOtherFields: v.exactOptional(v.boolean()),
})

export const commandArgumentsSchema = programArguments()

export const placeholdersSchema = v.object({ env: environment(), files: listOf(guestFileSchema, 1_000) })

export const guestNeedsSchema = v.object({
  env: environment(),
  files: listOf(guestFileSchema, 1_000),
  args: programArguments(),
})

export const configuredSchema = v.variant("outcome", [
  v.object({ outcome: v.literal("configured"), provider: v.unknown() }),
  v.object({ outcome: v.literal("refused"), why: nonEmptyText(4_096), hint: boundedText(4_096) }),
])

const injectionSchema = v.object({
  header: nonEmptyText(256),
  template: v.pipe(boundedText(4_096), v.includes("{secret}", "a text with {secret}")),
  withHeaders: v.exactOptional(recordOf(boundedText(16_384), 100)),
})

export const loginReadingSchema = v.variant("outcome", [
  v.object({
    outcome: v.literal("found"),
    secret: nonEmptyText(64 * 1024),
    injection: injectionSchema,
    hosts: listOf(nonEmptyText(260), 1_000),
    held: v.object({ name: name(), details: v.exactOptional(recordOf(boundedText(4_096), 100)) }),
    isRenewable: v.exactOptional(v.boolean()),
    expiresAtMs: v.exactOptional(v.pipe(v.number(), v.finite())),
    issuedAtMs: v.exactOptional(v.pipe(v.number(), v.finite())),
    account: v.exactOptional(boundedText(256)),
  }),
  v.object({ outcome: v.literal("absent") }),
  v.object({ outcome: v.literal("expired"), expiredAtMs: v.pipe(v.number(), v.finite()) }),
  v.object({ outcome: v.literal("unusable"), why: nonEmptyText(4_096) }),
])
