// Rows of the ledger as rows of the stream.

import type {
  AskRow,
  AuditRowEvent,
  BudgetRow,
  HostId,
  Proposal,
  ProposalState,
  RequestRow as RequestEvent,
  Run,
  RunRow,
  StepRow,
  UsageFigures,
} from "@bot-bottle/contracts"
import type { AuditRow, EnforcementRow, RequestRow, UsageRow } from "@bot-bottle/ledger"
import { durationsOf } from "@bot-bottle/supervise"
import { costOf } from "../cost-of.ts"

const NO_FIGURES: UsageFigures = {
  requests: 0,
  refused_requests: 0,
  input_tokens: 0,
  output_tokens: 0,
  cache_read_tokens: 0,
  cache_write_tokens: 0,
  reasoning_tokens: 0,
  charged_tokens: 0,
}

export interface RunFacts {
  readonly budgets: readonly BudgetRow[]
  readonly usage: UsageRow | undefined
  /** The host that is looked from: a run of another one says whose it is. */
  readonly ownHost: HostId
  /** Of a forge run. */
  readonly forge: RunRow["forge"]
  /** Unlisted hosts are let through. */
  readonly observes: boolean
  /** When it is resumed by itself; undefined for a run that is not parked. */
  readonly resumeAtMs: number | undefined
}

export function runRow(run: Run, { budgets, usage, ownHost, forge, observes, resumeAtMs }: RunFacts): RunRow {
  return {
    slug: run.slug,
    label: run.label,
    color: run.color,
    agent: run.agent,
    bottles: run.bottles,
    ancestors: run.ancestors,
    provider: run.provider,
    backend: run.backend,
    shutdown: run.policy,
    status: run.status,
    started_at: isoOf(run.startedAtMs),
    ended_at: run.endedAtMs === undefined ? null : isoOf(run.endedAtMs),
    exit_code: run.exitCode ?? null,
    end_reason: run.endReason ?? null,
    budgets,
    usage: usage === undefined ? NO_FIGURES : figuresOf(usage),
    cost_usd: usage === undefined ? null : costOf(usage),
    host: run.host === ownHost ? null : run.host,
    observe: observes,
    parked_until: resumeAtMs === undefined ? null : isoOf(resumeAtMs),
    tags: run.tags,
    forge,
  }
}

export function figuresOf({ requests, refusedRequests, usage, chargedTokens }: UsageRow): UsageFigures {
  return {
    requests,
    refused_requests: refusedRequests,
    input_tokens: usage.inputTokens,
    output_tokens: usage.outputTokens,
    cache_read_tokens: usage.cacheReadTokens,
    cache_write_tokens: usage.cacheWriteTokens,
    reasoning_tokens: usage.reasoningTokens,
    charged_tokens: chargedTokens,
  }
}

export function requestEvent(row: RequestRow): RequestEvent {
  return {
    id: row.id,
    slug: row.slug,
    provider: row.provider,
    model: row.model,
    status: row.status === "cut-short" ? "cut_short" : row.status,
    input_tokens: row.usage.inputTokens,
    output_tokens: row.usage.outputTokens,
    cache_read_tokens: row.usage.cacheReadTokens,
    cache_write_tokens: row.usage.cacheWriteTokens,
    reasoning_tokens: row.usage.reasoningTokens,
    charged_tokens: row.chargedTokens,
    reserved_tokens: row.reservedTokens,
    cost_usd: row.costMicroUsd === undefined ? null : row.costMicroUsd / 1_000_000,
    started_at: isoOf(row.startedAtMs),
    ended_at: row.endedAtMs === undefined ? null : isoOf(row.endedAtMs),
    upstream_status: row.upstreamStatus ?? null,
  }
}

export function stepRow({ id, slug, kind, trigger, actor, outcome, error }: EnforcementRow): StepRow {
  return { id, slug, step: kind, trigger, actor, outcome, error: error ?? null }
}

export function askRow({ id, slug, ask, why, askedAtMs, expiresAtMs, answer }: Proposal, state: ProposalState): AskRow {
  return {
    id,
    slug,
    asks_for: ask.kind,
    ask: answer?.ask ?? ask,
    why,
    asked_at: isoOf(askedAtMs),
    expires_at: isoOf(expiresAtMs),
    state,
    durations: durationsOf(ask),
    duration: answer?.duration ?? null,
    reason: answer?.reason ?? null,
    answered_by: answer?.actor ?? null,
    answered_at: answer === undefined ? null : isoOf(answer.answeredAtMs),
  }
}

export function auditEvent({ seq, slug, kind, actor, detail }: AuditRow): AuditRowEvent {
  return { seq, slug, action: kind, actor, detail }
}

export function isoOf(ms: number): string {
  return new Date(ms).toISOString()
}
