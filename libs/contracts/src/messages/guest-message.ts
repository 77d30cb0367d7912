// A line from a bottle's first program to its launcher. The agent may have taken that program
// over, so every field is bounded and an extra field is refused.
//
// The other direction, launcher to guest, is parsed by hand in the guest: it has no node_modules.

import * as v from "valibot"
import { EXEC_CHUNK_BYTES, EXEC_WINDOW_BYTES } from "./session.ts"
import { base64, boundedText, count, listOf, wholeNumber } from "./shapes/bounds.ts"
import type { MessageOf } from "./shapes/parse-message.ts"

/** A message holds one chunk in base64 and little else. */
export const MAX_GUEST_MESSAGE = 64 * 1024

/** In the order in which they run. */
export const SELF_TEST_CHECKS = ["listed host", "unlisted host", "raw IP", "DNS", "IPv6", "UDP", "fronted SNI"] as const
export type SelfTestCheck = (typeof SELF_TEST_CHECKS)[number]

const SHOWN_MAX = 100
const shown = () =>
  v.pipe(
    boundedText(MAX_GUEST_MESSAGE),
    v.transform((text) => text.slice(0, SHOWN_MAX)),
  )

const findingSchema = v.strictObject({
  check: v.picklist(SELF_TEST_CHECKS),
  expected: shown(),
  seen: shown(),
  ok: v.boolean(),
})

/** All checks, each once, in their order. */
const findingsSchema = v.pipe(
  listOf(findingSchema, SELF_TEST_CHECKS.length),
  v.check(
    (findings) => SELF_TEST_CHECKS.every((check, index) => findings[index]?.check === check),
    "every check of the self-test, in order",
  ),
)

const id = count

export const guestMessageSchema = v.variant("kind", [
  /** Sent once, before the agent exists. */
  v.strictObject({ kind: v.literal("self-test"), findings: findingsSchema }),
  /** Only shown to a person. */
  v.strictObject({ kind: v.literal("started") }),
  v.strictObject({
    kind: v.literal("exec-output"),
    id: id(),
    stream: v.picklist(["stdout", "stderr"]),
    data: v.pipe(base64(EXEC_CHUNK_BYTES), v.nonEmpty("at least one byte")),
  }),
  /** The command has taken this many bytes of its stdin. Messages about 0 bytes would never end. */
  v.strictObject({ kind: v.literal("exec-room"), id: id(), bytes: wholeNumber(1, EXEC_WINDOW_BYTES) }),
  v.strictObject({ kind: v.literal("exec-exit"), id: id(), exitCode: wholeNumber(0, 255) }),
])

export type GuestMessage = MessageOf<typeof guestMessageSchema>
export type SelfTestFinding = MessageOf<typeof findingSchema>
