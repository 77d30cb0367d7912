// Cleans up after processes that died: their open requests are settled at the most they can
// have cost, their runs ended.
//
// Any number of processes may sweep at once: who is alive is asked outside the transaction,
// and what was found is checked again inside it. Another host's runs are never touched: this
// kernel cannot tell whether their processes live.

import type { Database } from "bun:sqlite"
import type { HostId, ProcessIdentity, Run, Slug } from "@bot-bottle/contracts"
import type { Requests } from "./requests.ts"
import type { Runs } from "./runs.ts"

export interface Sweep {
  /** The host's runs that are not over, or have open requests. */
  candidates(host: HostId): readonly Run[]
  /** The steps that dead processes left open for this run. */
  decide(run: Run, isAlive: (process: ProcessIdentity) => boolean): SweepDecision
  /** Inside a write transaction. True when it changed anything. */
  apply(run: Run, decision: SweepDecision): boolean
}

export interface SweepDecision {
  readonly settleRequests: boolean
  readonly endRun: boolean
}

export function createSweep(
  db: Database,
  { runs, requests, nowMs }: { runs: Runs; requests: Requests; nowMs: () => number },
): Sweep {
  const selectSlugs = db.query<{ slug: Slug }, { host: string }>(`
    SELECT slug FROM run
    WHERE host = $host
      AND (status IN ('running', 'cut') OR id IN (SELECT run_id FROM request WHERE status = 'reserved'))
  `)

  return {
    candidates: (host) => selectSlugs.all({ host }).flatMap(({ slug }) => runs.find(slug) ?? []),

    decide(run, isAlive) {
      const isLauncherDead = !isAlive(run.launcher)
      // Without a proxy, nobody but the launcher can be about to start one.
      const isProxyDead = run.proxy === undefined ? isLauncherDead : !isAlive(run.proxy)
      return { settleRequests: isProxyDead, endRun: isProxyDead && isLauncherDead && isOngoing(run) }
    },

    apply(seen, { settleRequests, endRun }) {
      const run = runs.find(seen.slug)
      if (run?.launcher !== seen.launcher || run.proxy !== seen.proxy) return false
      const settled = settleRequests ? requests.settleAbandoned(run.slug) : 0
      const ends = endRun && isOngoing(run)
      if (ends) runs.updateAsSeen(run, { status: "ended", endedAtMs: nowMs(), endReason: "crashed" })
      return settled > 0 || ends
    },
  }
}

function isOngoing({ status }: Run): boolean {
  return status === "running" || status === "cut"
}
