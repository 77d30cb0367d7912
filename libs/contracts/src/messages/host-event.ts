// The stream of what happens on a host: `events --json`, `list --watch` and the dashboard all
// read it. One JSON object a line. Names are API: renaming one is a breaking change.
//
// Every event is an upsert by its own key, so that a reader may see one twice or late.

import * as v from "valibot"
import { DENIAL_STATUS, type DenialReason } from "../egress/denial.ts"
import { APPROVAL_DURATIONS, PROPOSAL_KINDS, PROPOSAL_STATES } from "../proposal.ts"
import { RUN_STATUSES } from "../run/run.ts"
import { SCOPE_KINDS, SHUTDOWN_POLICIES, WINDOWS } from "../spend/budget.ts"
import { boundedText, count, listOf, name, recordOf, wholeNumber } from "./shapes/bounds.ts"
import type { MessageOf } from "./shapes/parse-message.ts"
import { askSchema, MAX_PROPOSAL_TEXT } from "./shapes/proposal-shapes.ts"

export const HOST_EVENT_VERSION = 1
/** A snapshot of a few thousand runs. */
export const MAX_HOST_EVENT = 16 * 1024 * 1024

const REASONS = Object.keys(DENIAL_STATUS) as [DenialReason, ...DenialReason[]]
const MAX_ROWS = 20_000
const names = () => listOf(name(), 256)
const instant = () => v.pipe(v.string(), v.maxLength(40), v.regex(/^\d{4}-\d\d-\d\dT/, "an ISO 8601 time"))
const money = () => v.nullable(v.pipe(v.number(), v.minValue(0)))

/** Where one limit stands. `limit` is null when nothing limits the provider at this scope. */
export const budgetRowSchema = v.object({
  scope: v.picklist(SCOPE_KINDS),
  key: name(),
  provider: name(),
  limit: v.nullable(count()),
  used: count(),
  reserved: count(),
  window: v.picklist(WINDOWS),
  is_ceiling: v.boolean(),
  /** When the window starts again; null for `total`. */
  resets_at: v.nullable(instant()),
})

const usageFiguresSchema = v.object({
  requests: count(),
  refused_requests: count(),
  input_tokens: count(),
  output_tokens: count(),
  cache_read_tokens: count(),
  cache_write_tokens: count(),
  reasoning_tokens: count(),
  charged_tokens: count(),
})

const runFields = {
  slug: name(),
  label: boundedText(1_024),
  color: name(),
  agent: name(),
  bottles: names(),
  ancestors: names(),
  provider: name(),
  backend: name(),
  shutdown: v.picklist(SHUTDOWN_POLICIES),
  status: v.picklist(RUN_STATUSES),
  started_at: instant(),
  ended_at: v.nullable(instant()),
  exit_code: v.nullable(wholeNumber(-1, 1_000)),
  end_reason: v.nullable(boundedText(4_096)),
  /** The governing budgets, main provider first. */
  budgets: listOf(budgetRowSchema, 64),
  usage: usageFiguresSchema,
  cost_usd: money(),
  /** The host that runs it, when the ledger is shared. */
  host: v.nullable(name()),
  /** Unlisted hosts are let through: the run was started with --observe. */
  observe: v.boolean(),
  /** When a run that waits for its provider is resumed by itself. */
  parked_until: v.nullable(instant()),
  tags: recordOf(boundedText(1_024), 64),
  /** The issue and the pull request of a forge run. */
  forge: v.nullable(v.object({ issue: boundedText(1_024), pull_request: v.nullable(boundedText(1_024)) })),
}

/** A row of `list --json`, and what only a live view needs. */
export const runRowSchema = v.object(runFields)

/** `released`: it never left, and counts as no request. */
export const REQUEST_STATUSES = ["reserved", "settled", "cut_short", "failed", "released"] as const

const requestFields = {
  id: name(),
  slug: name(),
  provider: name(),
  model: boundedText(1_024),
  status: v.picklist(REQUEST_STATUSES),
  input_tokens: count(),
  output_tokens: count(),
  cache_read_tokens: count(),
  cache_write_tokens: count(),
  reasoning_tokens: count(),
  charged_tokens: count(),
  reserved_tokens: count(),
  cost_usd: money(),
  started_at: instant(),
  ended_at: v.nullable(instant()),
  upstream_status: v.nullable(wholeNumber(0, 999)),
}
export const requestRowSchema = v.object(requestFields)

const accountFields = {
  provider: name(),
  id: boundedText(64),
  /** The login's file; null for keys. */
  login: v.nullable(boundedText(4_096)),
  name: v.nullable(name()),
  owner: v.nullable(boundedText(256)),
  access_until: v.nullable(instant()),
  is_renewed: v.boolean(),
  /** Why no run can use it. */
  problem: v.nullable(boundedText(8_192)),
  /** The provider's own limits. */
  windows: listOf(
    v.object({
      name: name(),
      used_percent: v.nullable(v.pipe(v.number(), v.minValue(0))),
      is_spent: v.boolean(),
      resets_at: v.nullable(instant()),
    }),
    64,
  ),
}

/** `usage --json`, whatever it is split by: that key is left to the reader. */
export const usageReportSchema = v.object({
  rows: listOf(v.looseObject({ ...usageFiguresSchema.entries, cost_usd: v.exactOptional(money()) }), 100_000),
})
/** `info --json`. */
export const manifestReportSchema = listOf(
  v.object({
    kind: v.picklist(["agent", "bottle", "run"]),
    name: boundedText(4_096),
    values: listOf(
      v.object({ key: boundedText(4_096), value: boundedText(1024 * 1024), origin: boundedText(8_192) }),
      5_000,
    ),
  }),
  100,
)
export const MAX_MANIFEST_REPORT = 16 * 1024 * 1024
export const MAX_USAGE_REPORT = 64 * 1024 * 1024

const stamp = { v: v.literal(HOST_EVENT_VERSION), cursor: boundedText(64), at: instant() }

export const hostEventSchema = v.variant("kind", [
  v.object({ ...stamp, kind: v.literal("hello"), host: name(), version: name() }),
  /** Everything live. A reader forgets what it knew of runs, budgets and open requests. */
  v.object({
    ...stamp,
    kind: v.literal("snapshot"),
    runs: listOf(runRowSchema, MAX_ROWS),
    budgets: listOf(budgetRowSchema, MAX_ROWS),
    open_requests: listOf(requestRowSchema, MAX_ROWS),
    past_runs: count(),
  }),
  v.object({ ...stamp, kind: v.literal("run"), ...runFields }),
  v.object({ ...stamp, kind: v.literal("request"), ...requestFields }),
  v.object({ ...stamp, kind: v.literal("budget"), ...budgetRowSchema.entries }),
  /** `count` is how often so far: a later event replaces an earlier one. */
  v.object({
    ...stamp,
    kind: v.literal("denied"),
    slug: name(),
    /** Null for a bottle that logs nothing: only its count is known. */
    reason: v.nullable(v.picklist(REASONS)),
    method: v.nullable(name()),
    host: boundedText(8_192),
    port: wholeNumber(0, 65_535),
    path: v.nullable(boundedText(128 * 1024)),
    count: count(),
  }),
  v.object({
    ...stamp,
    kind: v.literal("step"),
    id: count(),
    slug: name(),
    step: v.picklist(["cutoff", "restore", "freeze", "kill"]),
    trigger: v.picklist(["budget", "operator", "watchdog"]),
    actor: name(),
    outcome: v.picklist(["pending", "done", "failed"]),
    error: v.nullable(boundedText(4_096)),
  }),
  /** Of an agent to its operator. The snapshot forgets those that it has: pending ones follow it. */
  v.object({
    ...stamp,
    kind: v.literal("ask"),
    id: count(),
    slug: name(),
    asks_for: v.picklist(PROPOSAL_KINDS),
    /** As the operator granted it, once it is approved. */
    ask: askSchema,
    /** The agent's words: data, never markup. */
    why: boundedText(MAX_PROPOSAL_TEXT),
    asked_at: instant(),
    expires_at: instant(),
    state: v.picklist(PROPOSAL_STATES),
    /** For how long it can be approved. */
    durations: listOf(v.picklist(APPROVAL_DURATIONS), APPROVAL_DURATIONS.length),
    duration: v.nullable(v.picklist(APPROVAL_DURATIONS)),
    reason: v.nullable(boundedText(MAX_PROPOSAL_TEXT)),
    answered_by: v.nullable(name()),
    answered_at: v.nullable(instant()),
  }),
  /** An account that pays: a login of the host, or its keys together under an empty `id`. */
  v.object({ ...stamp, kind: v.literal("account"), ...accountFields }),
  v.object({
    ...stamp,
    kind: v.literal("audit"),
    seq: count(),
    slug: name(),
    action: name(),
    actor: name(),
    detail: recordOf(v.unknown(), 256),
  }),
  v.object({ ...stamp, kind: v.literal("tick"), past_runs: count() }),
  v.object({
    ...stamp,
    kind: v.literal("trouble"),
    message: boundedText(8_192),
    hint: v.nullable(boundedText(8_192)),
  }),
])

export type HostEvent = MessageOf<typeof hostEventSchema>
type Stamp = "v" | "cursor" | "at"
/** An event before it is given its place in the stream. */
export type HostEventBody = HostEvent extends infer Event
  ? Event extends HostEvent
    ? Omit<Event, Stamp>
    : never
  : never
export type BudgetRow = MessageOf<typeof budgetRowSchema>
export type RunRow = MessageOf<typeof runRowSchema>
export type RequestRow = MessageOf<typeof requestRowSchema>
export type UsageFigures = MessageOf<typeof usageFiguresSchema>
type EventOf<Kind extends HostEvent["kind"]> = Omit<Extract<HostEvent, { readonly kind: Kind }>, Stamp | "kind">
export type DeniedRow = EventOf<"denied">
export type StepRow = EventOf<"step">
export type AskRow = EventOf<"ask">
export type AccountRow = EventOf<"account">
export type AuditRowEvent = EventOf<"audit">
