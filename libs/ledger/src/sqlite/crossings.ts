// Which marks of its limits a settlement crossed, recorded where it cannot be lost: in the
// audit trail, in the settlement's own transaction.

import { findCrossed, findTightest, formatScope, type LimitStanding, type Threshold } from "@bot-bottle/budget"
import { USD } from "@bot-bottle/contracts"
import type { SettleResult } from "../roles/metering.ts"
import type { Audit } from "./audit.ts"
import { governingFrom } from "./budgets.ts"
import type { Runs } from "./runs.ts"
import type { Amounts } from "./spend.ts"

export interface Crossings {
  /** `before` are the standings of every limit that binds, before the settlement. */
  record(
    runId: number,
    before: readonly LimitStanding[],
    amounts: SettledAmounts,
  ): Pick<SettleResult, "crossed" | "governing">
}

export interface SettledAmounts {
  readonly reserved: Amounts
  readonly charged: Amounts
}

export interface CrossingsOptions {
  readonly runs: Runs
  readonly audit: Audit
  readonly nowMs: () => number
}

interface Crossing {
  readonly after: LimitStanding
  readonly crossed: readonly Threshold[]
}

export function createCrossings({ runs, audit, nowMs }: CrossingsOptions): Crossings {
  return {
    record(runId, before, amounts) {
      const crossings = before.map((standing) => crossingOf(standing, amounts))
      for (const { after, crossed } of crossings) {
        const percent = crossed.at(-1)
        if (percent === undefined) continue
        const kind = percent === 100 ? "budget-exhausted" : "budget-warning"
        const detail = { percent, ...detailOf(after) }
        audit.append({ slug: runs.loadSlug(runId), kind, actor: "bot-bottle", detail }, nowMs())
      }
      const told = findTelling(crossings)
      return told ? { crossed: told.crossed, governing: governingFrom(told.after) } : { crossed: [] }
    },
  }
}

function crossingOf(standing: LimitStanding, { reserved, charged }: SettledAmounts): Crossing {
  const unit = standing.limit.provider === USD ? "microUsd" : "tokens"
  const usedTokens = standing.usedTokens + charged[unit]
  const after = { ...standing, usedTokens, reservedTokens: standing.reservedTokens - reserved[unit] }
  return { after, crossed: findCrossed(standing.limit.limitTokens, standing.usedTokens, usedTokens) }
}

/** The limit that crossed the highest mark; when none crossed any, the one with the least left. */
function findTelling(crossings: readonly Crossing[]): Crossing | undefined {
  const highest = Math.max(...crossings.map(({ crossed }) => crossed.at(-1) ?? 0))
  const candidates = crossings.filter(({ crossed }) => (crossed.at(-1) ?? 0) === highest)
  const tightest = findTightest(candidates.map(({ after }) => after))
  return candidates.find(({ after }) => after === tightest)
}

function detailOf({ limit, usedTokens, isCeiling }: LimitStanding): Record<string, unknown> {
  const { scope, provider, limitTokens, window } = limit
  return { scope: formatScope(scope), provider, limit: limitTokens, used: usedTokens, window, is_ceiling: isCeiling }
}
