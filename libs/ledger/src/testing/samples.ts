// Rows to test with. Each takes what matters to the test and fills in the rest.

import {
  type BudgetLimit,
  HOST_SCOPE,
  type NewRun,
  NO_USAGE,
  type ProcessIdentity,
  type RunBudgets,
  type Scope,
  type Usage,
} from "@bot-bottle/contracts"
import type { ReserveRequest, Settlement } from "../roles/metering.ts"

export function sampleRun(slug: string, change: Partial<NewRun> = {}): NewRun {
  return {
    slug,
    label: slug,
    color: "",
    agent: "implementer",
    bottles: ["claude-dev"],
    ancestors: ["dev"],
    provider: "claude",
    meters: ["claude"],
    backend: "bwrap",
    policy: "cutoff",
    tags: {},
    status: "running",
    startedAtMs: 1_000,
    launcher: `1:1:${slug}` as ProcessIdentity,
    ...change,
  }
}

/** The chain of `sampleRun`, under no limit. */
export function sampleBudgets(slug: string, change: Partial<RunBudgets> = {}): RunBudgets {
  const chain: readonly Scope[] = [
    { kind: "run", key: slug },
    { kind: "agent", key: "implementer" },
    { kind: "bottle", key: "claude-dev" },
    { kind: "bottle", key: "dev" },
    HOST_SCOPE,
  ]
  return { chain, declared: [], ceilings: [], gate: "reserve", cacheReadWeight: 0.1, policy: "cutoff", ...change }
}

export function sampleLimit(limitTokens: number, change: Partial<BudgetLimit> = {}): BudgetLimit {
  return { scope: HOST_SCOPE, provider: "claude", limitTokens, window: "total", source: "settings", ...change }
}

export function sampleRequest(
  requestId: string,
  slug: string,
  budgets: RunBudgets,
  change: Partial<ReserveRequest> = {},
): ReserveRequest {
  const tokens = { inputTokens: 10, maxOutputTokens: 20, minOutputTokens: 5 }
  return { requestId, slug, provider: "claude", model: "opus", budgets, ...tokens, ...change }
}

export function sampleSettlement(usage: Partial<Usage>, change: Partial<Settlement> = {}): Settlement {
  return { how: "settled", usage: { ...NO_USAGE, ...usage }, estimated: false, ...change }
}
