// Rows of the stream as the view keeps them: text cleaned once, times as numbers, and beside
// them what the view has gathered about the run.

import {
  type AccountRow,
  type AskRow,
  type BudgetRow,
  formatAsk,
  type RequestRow,
  type RunRow,
} from "@bot-bottle/contracts"
import type { AskView, RequestView, RunView } from "./host-view.ts"
import { NO_RATE } from "./rates.ts"
import { plain } from "./text.ts"

export function mergeRun(before: RunView | undefined, row: RunRow, atMs: number): RunView {
  const startedAtMs = Date.parse(row.started_at)
  const endedAtMs = row.ended_at === null ? undefined : Date.parse(row.ended_at)
  return {
    slug: row.slug,
    label: plain(row.label) || row.slug,
    color: row.color,
    agent: plain(row.agent),
    bottles: row.bottles.map(plain),
    ancestors: row.ancestors.map(plain),
    provider: plain(row.provider),
    backend: plain(row.backend),
    shutdown: row.shutdown,
    status: row.status,
    started_at: row.started_at,
    ended_at: row.ended_at,
    exit_code: row.exit_code,
    end_reason: row.end_reason === null ? null : plain(row.end_reason),
    budgets: row.budgets.map(cleanBudget),
    usage: row.usage,
    cost_usd: row.cost_usd,
    host: row.host === null ? null : plain(row.host),
    forge:
      row.forge === null
        ? null
        : {
            issue: plain(row.forge.issue),
            pull_request: row.forge.pull_request === null ? null : plain(row.forge.pull_request),
          },
    observe: row.observe,
    parked_until: row.parked_until,
    tags: cleanTags(row.tags),
    startedAtMs,
    endedAtMs,
    requests: before?.requests ?? [],
    rate: before?.rate ?? NO_RATE,
    denied: before?.denied ?? 0,
    pending: isOver(row) ? undefined : before?.pending,
    finishedStep: before?.finishedStep ?? 0,
    lastAtMs: before === undefined ? (endedAtMs ?? startedAtMs) : before.status === row.status ? before.lastAtMs : atMs,
  }
}

export function cleanTags(tags: RunRow["tags"]): RunRow["tags"] {
  return Object.fromEntries(Object.entries(tags).map(([name, value]) => [plain(name), plain(value)]))
}

export function isOver({ status }: Pick<RunRow, "status">): boolean {
  return status === "ended" || status === "killed"
}

export function cleanBudget({ scope, key, provider, limit, used, reserved, window, is_ceiling, resets_at }: BudgetRow) {
  return { scope, key: plain(key), provider: plain(provider), limit, used, reserved, window, is_ceiling, resets_at }
}

export function cleanAccount(row: AccountRow): AccountRow {
  const text = (value: string | null) => (value === null ? null : plain(value))
  const { provider, id, login, name, owner, access_until, is_renewed, problem, windows } = row
  return {
    provider: plain(provider),
    id,
    login: text(login),
    name: text(name),
    owner: text(owner),
    access_until,
    is_renewed,
    problem: text(problem),
    windows: windows.map((window) => ({ ...window, name: plain(window.name) })),
  }
}

export function cleanRequest(row: RequestRow): RequestView {
  return {
    id: row.id,
    slug: row.slug,
    provider: plain(row.provider),
    model: plain(row.model),
    status: row.status,
    input_tokens: row.input_tokens,
    output_tokens: row.output_tokens,
    cache_read_tokens: row.cache_read_tokens,
    cache_write_tokens: row.cache_write_tokens,
    reasoning_tokens: row.reasoning_tokens,
    charged_tokens: row.charged_tokens,
    reserved_tokens: row.reserved_tokens,
    cost_usd: row.cost_usd,
    started_at: row.started_at,
    ended_at: row.ended_at,
    upstream_status: row.upstream_status,
    startedAtMs: Date.parse(row.started_at),
    endedAtMs: row.ended_at === null ? undefined : Date.parse(row.ended_at),
  }
}

export function cleanAsk(row: AskRow): AskView {
  return {
    id: row.id,
    slug: row.slug,
    asks_for: row.asks_for,
    ask: row.ask,
    why: plain(row.why),
    asked_at: row.asked_at,
    expires_at: row.expires_at,
    state: row.state,
    durations: row.durations,
    duration: row.duration,
    reason: row.reason === null ? null : plain(row.reason),
    answered_by: row.answered_by === null ? null : plain(row.answered_by),
    answered_at: row.answered_at,
    line: plain(formatAsk(row.ask)),
    askedAtMs: Date.parse(row.asked_at),
    expiresAtMs: Date.parse(row.expires_at),
  }
}

/** By start, then by id, so that the order is the same however they arrived. */
export function isNewer(a: RequestView, b: RequestView): boolean {
  return a.startedAtMs > b.startedAtMs || (a.startedAtMs === b.startedAtMs && a.id > b.id)
}
