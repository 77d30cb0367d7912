// The questions that wait for an operator, for the stream. A question expires without a change in
// the ledger, so the stream looks at the clock and at the question's run.

import type { AskRow, Proposal, RunStatus, Slug } from "@bot-bottle/contracts"
import { stateOf } from "@bot-bottle/supervise"
import { askRow } from "./event-rows.ts"

export interface OpenAsksOptions {
  readonly nowMs: () => number
  /** `ended` for a run that is not live any more. */
  readonly runStatus: (slug: Slug) => RunStatus
}

export interface OpenAsks {
  /** Forgets those it had. */
  restart(pending: readonly Proposal[]): readonly AskRow[]
  /** A question that is new, or has its answer. */
  take(proposal: Proposal): AskRow
  /** Those that have expired since the last look. */
  takeExpired(): readonly AskRow[]
}

export function createOpenAsks({ nowMs, runStatus }: OpenAsksOptions): OpenAsks {
  const open = new Map<number, Proposal>()
  const take = (proposal: Proposal): AskRow => {
    const state = stateOf(proposal, { nowMs: nowMs(), runStatus: runStatus(proposal.slug) })
    if (state === "pending") open.set(proposal.id, proposal)
    else open.delete(proposal.id)
    return askRow(proposal, state)
  }
  return {
    restart(pending) {
      open.clear()
      return pending.map(take)
    },
    take,
    takeExpired: () => [...open.values()].map(take).filter(({ state }) => state === "expired"),
  }
}
