// The runs that a look at the host shows: the budgets each was started with, its row as it is now,
// and its refusals.
//
// A run's row depends on its budgets and its usage as well, so each look makes it again. It has
// changed when it differs from the row that was given last.

import {
  type BudgetLimit,
  type BudgetRow,
  type Run,
  type RunBudgets,
  type RunRow,
  type RunStatus,
  runFolders,
  type Slug,
  USD,
} from "@bot-bottle/contracts"
import { findParked, readLaunchRecord, requestProxy } from "@bot-bottle/control"
import type { Ledger } from "@bot-bottle/ledger"
import { runRow } from "./event-rows.ts"
import { budgetRow, measureInForce } from "./limits-in-force.ts"
import { type DenialTail, openDenialTail } from "./tail-denials.ts"

export type ForgeRuns = ReadonlyMap<Slug, NonNullable<RunRow["forge"]>>

export interface LiveRunsOptions {
  readonly ledger: Ledger
  readonly root: string
  /** The host's limits of settings.yml, as they are now. */
  readonly settingsLimits: () => { readonly limits: readonly BudgetLimit[]; readonly ceilings: readonly BudgetLimit[] }
  /** Which runs work on an issue of a forge; another map when that has changed. */
  readonly forgeRuns: () => ForgeRuns
  readonly nowMs: () => number
}

/** A refusal count of a bottle that logs nothing. */
export interface UnloggedDenials {
  readonly slug: Slug
  readonly count: number
}

export type LiveRuns = ReturnType<typeof createLiveRuns>

type Live = {
  run: Run
  budgets: RunBudgets | undefined
  observes: boolean
  given: string
  tail: DenialTail | undefined
}

export function createLiveRuns({ ledger, root, settingsLimits, forgeRuns, nowMs }: LiveRunsOptions) {
  const live = new Map<Slug, Live>()

  async function rowOf({ run, budgets, observes }: Live): Promise<RunRow> {
    const governing =
      budgets === undefined
        ? []
        : await Promise.all([...run.meters, USD].map((name) => ledger.governingBudget(budgets, name)))
    const rows = governing.filter((each) => each !== undefined).map((each) => budgetRow(each, nowMs()))
    const [usage] = await ledger.usage({ by: "run", slug: run.slug })
    const forge = forgeRuns().get(run.slug) ?? null
    // Settings that cannot be used stop a start. Here they cost the time of one run.
    const parked = await findParked(ledger, run, root).catch(() => undefined)
    const resumeAtMs = parked?.resumeAtMs
    return runRow(run, { budgets: rows, usage, ownHost: ledger.host, forge, observes, resumeAtMs })
  }

  function forget(slug: Slug): void {
    live.get(slug)?.tail?.close()
    live.delete(slug)
  }

  return {
    has: (slug: Slug): boolean => live.has(slug),
    statusOf: (slug: Slug): RunStatus => live.get(slug)?.run.status ?? "ended",
    slugs: (): readonly Slug[] => [...live.keys()],
    forget,

    track(run: Run): void {
      const known = live.get(run.slug)
      // Resumed: it was started with other budgets, perhaps.
      if (known !== undefined && known.run.launcher !== run.launcher) forget(run.slug)
      else if (known !== undefined) {
        known.run = run
        return
      }
      const record = readLaunchRecord(root, run.slug)
      const launched = record?.outcome === "parsed" ? record.message : undefined
      const { budgets, observe } = launched ?? {}
      const observes = observe === true && run.host === ledger.host
      const tail = run.host === ledger.host ? openDenialTail(run.slug, runFolders(root, run.slug).egress) : undefined
      live.set(run.slug, { run, budgets, observes, given: "", tail })
    },

    /** The row of each run. */
    async rows(): Promise<readonly RunRow[]> {
      const rows: RunRow[] = []
      for (const known of live.values()) {
        const row = await rowOf(known)
        known.given = JSON.stringify(row)
        rows.push(row)
      }
      return rows
    },

    /** Undefined when it is the row that was given last, or the run is unknown. */
    async changedRow(slug: Slug): Promise<RunRow | undefined> {
      const known = live.get(slug)
      if (known === undefined) return undefined
      const row = await rowOf(known)
      const text = JSON.stringify(row)
      if (text === known.given) return undefined
      known.given = text
      return row
    },

    isLive: (slug: Slug): boolean => isLive(live.get(slug)?.run),

    /** The limits that govern these runs: the operator's, each run's, and the settings'. */
    async budgetRows(operator: readonly BudgetLimit[]): Promise<readonly BudgetRow[]> {
      const runs = [...live.values()].filter(({ run }) => isLive(run))
      const places = {
        operator,
        runs: runs.flatMap(({ budgets }) => budgets ?? []),
        settings: settingsLimits(),
        providers: [...new Set(runs.flatMap(({ run }) => run.meters))],
      }
      return measureInForce(ledger, places, nowMs())
    },

    /** The refusals that were logged since the last call. */
    newDenials: () => [...live.values()].flatMap(({ tail }) => tail?.look() ?? []),

    /** Asks each proxy. A proxy that does not answer is the launcher's matter. */
    async *unloggedDenials(signal: AbortSignal, slugs: readonly Slug[]): AsyncGenerator<UnloggedDenials> {
      for (const { run, tail } of slugs.flatMap((slug) => live.get(slug) ?? [])) {
        if (tail === undefined || !(run.status === "running" || run.status === "cut") || signal.aborted) continue
        const answer = await requestProxy(runFolders(root, run.slug).egress, "status")
        if (answer.outcome !== "answered" || answer.status.denied <= tail.total) continue
        yield { slug: run.slug, count: answer.status.denied }
      }
    },
  }
}

function isLive(run: Run | undefined): boolean {
  return run?.status === "running" || run?.status === "cut" || run?.status === "frozen"
}
