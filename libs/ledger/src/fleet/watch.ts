// Changes of this host as they happen, and runs of other hosts as the shared ledger learns of
// them. Other hosts' single requests are not sent; their sums come with `usage`.

import type { Run, Slug } from "@bot-bottle/contracts"
import type { Ledger } from "../ledger.ts"
import type { LedgerChange, WatchQuery } from "../roles/watching.ts"

export interface FleetWatch {
  readonly own: Ledger
  /** Of other hosts, live ones. */
  readonly listRuns: () => Promise<readonly Run[]>
  readonly findRun: (slug: Slug) => Promise<Run | undefined>
  readonly nowMs: () => number
}

/** With every second tick of this host's own watch. */
const TICKS_PER_LOOK = 2

export async function* watchFleet(
  { own, listRuns, findRun }: FleetWatch,
  query: WatchQuery,
): AsyncGenerator<LedgerChange> {
  const seen = new Map<string, string>()
  let ticks = 0
  for await (const change of own.watch(query)) {
    if (change.kind === "snapshot") {
      const theirs = await listRuns()
      for (const run of theirs) seen.set(run.slug, JSON.stringify(run))
      yield { ...change, runs: [...change.runs, ...theirs].sort((a, b) => b.startedAtMs - a.startedAtMs) }
      continue
    }
    yield change
    if (change.kind !== "tick" || ++ticks % TICKS_PER_LOOK !== 0) continue
    const live = await listRuns()
    const gone = [...seen.keys()].filter((slug) => !live.some((run) => run.slug === slug))
    const ended = (await Promise.all(gone.map(findRun))).filter((run) => run !== undefined)
    for (const run of [...ended, ...live]) {
      const text = JSON.stringify(run)
      if (seen.get(run.slug) !== text) yield { kind: "run", run, cursor: change.cursor, atMs: change.atMs }
      seen.set(run.slug, text)
    }
    for (const { slug } of ended) seen.delete(slug)
  }
}
