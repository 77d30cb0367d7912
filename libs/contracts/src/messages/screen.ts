// Between the process that watches the host and the process that draws the screen. The screen
// has no ledger, no path and no secret: it gets events, and sends the operator's wishes.

import * as v from "valibot"
import { hostEventSchema, requestRowSchema, runRowSchema } from "./host-event.ts"
import { boundedText, count, listOf, name, recordOf, wholeNumber } from "./shapes/bounds.ts"
import type { MessageOf } from "./shapes/parse-message.ts"

const line = () => boundedText(4_096)
const argv = () => v.pipe(listOf(boundedText(1_024), 16), v.minLength(1))

/** Where the operator was, so that a screen that died can be started again there. */
const placeSchema = v.object({
  page: name(),
  selected: v.nullable(boundedText(1_024)),
  tab: wholeNumber(0, 9),
  filter: boundedText(64),
  sort: name(),
  is_reversed: v.boolean(),
  group: name(),
})

const usageRowSchema = v.object({
  key: boundedText(1_024),
  requests: count(),
  input_tokens: count(),
  cache_read_tokens: count(),
  cache_write_tokens: count(),
  output_tokens: count(),
  charged_tokens: count(),
  cost_usd: v.nullable(v.number()),
})

export const screenOrderSchema = v.variant("kind", [
  v.object({
    kind: v.literal("setup"),
    theme: v.picklist(["auto", "dark", "light", "terminal", "none"]),
    /** For `auto`, until the terminal has answered. */
    guess: v.picklist(["dark", "light", "terminal"]),
    glyphs: v.picklist(["unicode", "ascii"]),
    mouse: v.boolean(),
    keys: recordOf(name(), 64),
    /** Commands that exist: an action whose command does not is not offered. */
    commands: listOf(name(), 128),
    place: v.nullable(placeSchema),
  }),
  v.object({ kind: v.literal("events"), events: listOf(hostEventSchema, 50_000) }),
  v.object({
    kind: v.literal("usage"),
    by: name(),
    days: listOf(usageRowSchema, 1_000),
    rows: listOf(usageRowSchema, 10_000),
  }),
  /** A page of past runs, after the one that was asked for. */
  v.object({ kind: v.literal("past"), after: v.nullable(name()), rows: listOf(runRowSchema, 10_000) }),
  v.object({ kind: v.literal("requests"), slug: name(), rows: listOf(requestRowSchema, 10_000) }),
  v.object({
    kind: v.literal("page"),
    slug: name(),
    page: v.picklist(["manifest", "provenance"]),
    lines: listOf(line(), 5_000),
  }),
  /** Changed files that were never applied; null where that is not known. */
  v.object({ kind: v.literal("changes"), slug: name(), count: v.nullable(count()) }),
  v.object({ kind: v.literal("outcome"), text: line(), hint: v.nullable(line()), is_problem: v.boolean() }),
  /** The command that needed the terminal has ended: draw again. */
  v.object({ kind: v.literal("return") }),
  v.object({ kind: v.literal("quit") }),
])

export const screenIntentSchema = v.variant("kind", [
  v.object({ kind: v.literal("ready") }),
  v.object({ kind: v.literal("run"), commands: v.pipe(listOf(argv(), 100), v.minLength(1)) }),
  /** The screen has stepped aside; the terminal is free for it. */
  v.object({ kind: v.literal("terminal"), commands: v.pipe(listOf(argv(), 100), v.minLength(1)) }),
  v.object({ kind: v.literal("shell") }),
  v.object({ kind: v.literal("read-usage"), by: v.picklist(["model", "agent", "bottle", "provider", "run"]) }),
  /** The page after this run; null for the first one. */
  v.object({ kind: v.literal("read-past"), after: v.nullable(name()) }),
  /** Of a past run: those of live runs are in the stream. */
  v.object({ kind: v.literal("read-requests"), slug: name() }),
  v.object({
    kind: v.literal("read-page"),
    slug: name(),
    page: v.picklist(["manifest", "provenance"]),
    /** The width of the screen. */
    columns: wholeNumber(1, 10_000),
  }),
  /** How many files a kill would lose. */
  v.object({ kind: v.literal("read-changes"), slug: name() }),
  v.object({ kind: v.literal("place"), place: placeSchema }),
  v.object({ kind: v.literal("quit") }),
])

export type ScreenOrder = MessageOf<typeof screenOrderSchema>
export type ScreenIntent = MessageOf<typeof screenIntentSchema>
export type ScreenPlace = MessageOf<typeof placeSchema>
