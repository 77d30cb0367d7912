// `worker`: this host runs what others have queued on a ledger that they share.

import { formatTime, OperatorProblem, sanitizeLine } from "@bot-bottle/contracts"
import { openForgeState, openHostLedger, queueOf, requireQueue, StopRequest, work } from "@bot-bottle/control"
import type { JobRow, Ledger } from "@bot-bottle/ledger"
import { controlHost } from "../../control-host.ts"
import { type ForgeFlags, readMaxRuns } from "../../forge/forge-settings.ts"
import { startOrchestrator } from "../../forge/start-orchestrator.ts"
import type { Host } from "../../host.ts"
import { ledgerHost } from "../../ledger-host.ts"
import { listenForStop } from "../../stop-signals.ts"
import { type Column, formatTable } from "../../terminal/table.ts"
import { parseLabels } from "../start/job-labels.ts"

export interface WorkerFlags extends ForgeFlags {
  readonly once?: boolean
  readonly labels?: string
  readonly jobs?: boolean
  readonly cancel?: string
  readonly maxRuns?: string
  readonly json?: boolean
}

const MAX_SHOWN = 100
const DEFAULT_MAX_RUNS = "2"

export async function runWorker(host: Host, flags: WorkerFlags): Promise<number> {
  if (flags.jobs === true) return await showJobs(host, flags)
  if (flags.cancel !== undefined) return await cancelJob(host, flags.cancel)
  const labels = { arch: process.arch, ...parseLabels(flags.labels) }
  const once = flags.once === true
  if (once && flags.repo !== undefined)
    throw new OperatorProblem("--once takes one job, and issues need a worker that stays", {
      exitCode: 2,
      hint: "leave out --once or --repo",
    })
  using stop = listenForStop()
  const issues = flags.repo === undefined ? undefined : await keepIssues(host, flags, stop.signal)
  const signal = issues === undefined ? stop.signal : AbortSignal.any([stop.signal, issues.over])
  host.screen.note("bot-bottle: waiting for jobs")
  try {
    await work(controlHost(host), { labels, once, signal })
  } finally {
    await issues?.leave()
  }
  return issues?.over.aborted === true ? 1 : 0
}

/**
 * Issues of the named repositories, for which this host has the forge's token. `over` when that cannot continue: then
 * the worker ends as a whole, and whatever keeps it alive starts both again.
 */
async function keepIssues(host: Host, flags: WorkerFlags, signal: AbortSignal) {
  const maxRuns = readMaxRuns(flags.maxRuns ?? DEFAULT_MAX_RUNS)
  // One clear error, not one of each process.
  await requireQueue(host.env)
  const orchestrator = await startOrchestrator(host, flags, { webhooks: null, maxRuns, signal })
  const over = new AbortController()
  let isLeaving = false
  void orchestrator.exited.then(() => {
    if (!isLeaving && !signal.aborted) over.abort(new StopRequest("the end of the process that keeps issues", 1))
  })
  return {
    over: over.signal,
    async leave() {
      isLeaving = true
      orchestrator.stop()
      await orchestrator.exited
    },
  }
}

async function showJobs(host: Host, { json }: WorkerFlags): Promise<number> {
  await using ledger = await openHostLedger(ledgerHost(host))
  const jobs = await (await queueOf(ledger)).list({ limit: MAX_SHOWN })
  await noteIssues(host, ledger)
  if (json === true) host.screen.print(JSON.stringify(jobs.map(jobJson), null, 2))
  else if (jobs.length === 0)
    host.screen.note("No jobs yet. To queue one: bot-bottle start <agent> --headless --prompt … --enqueue")
  else for (const line of jobTable(jobs, host.screen.width)) host.screen.print(line)
  return 0
}

/** Workers run them as well, and they are not jobs. */
async function noteIssues({ env, screen }: Host, ledger: Ledger): Promise<void> {
  const { states } = await (await openForgeState(env.root, ledger)).all()
  const count = states.filter(({ status }) => status !== "destroyed").length
  if (count === 0) return
  const have = count === 1 ? "1 issue of a forge has" : `${count} issues of a forge have`
  screen.note(`${have} a run, listed by 'bot-bottle orchestrate status'`)
}

async function cancelJob(host: Host, text: string): Promise<number> {
  await using ledger = await openHostLedger(ledgerHost(host))
  const id = /^\d{1,15}$/.test(text) ? Number(text) : undefined
  if (id !== undefined && (await (await queueOf(ledger)).cancel(id))) {
    host.screen.print(`job ${id}: cancelled`)
    return 0
  }
  throw new OperatorProblem(`job '${text}' does not wait in the queue`, {
    hint: "see 'bot-bottle worker --jobs'; 'bot-bottle kill <run>' ends one that runs",
  })
}

function jobJson({ id, state, host, slug, attempt, wants, actor, exitCode, error, queuedAtMs }: JobRow) {
  return {
    id,
    state,
    host: host ?? null,
    slug: slug ?? null,
    attempts: attempt,
    wants,
    actor,
    exit_code: exitCode ?? null,
    error: error ?? null,
    queued_at: formatTime(queuedAtMs),
  }
}

const COLUMNS: readonly Column[] = [
  { title: "JOB", align: "right" },
  { title: "STATE", minWidth: 8 },
  { title: "HOST", minWidth: 10, dropOrder: 2 },
  { title: "RUN", minWidth: 12, dropOrder: 1 },
  { title: "RESULT", minWidth: 8, dropOrder: 3 },
]

function jobTable(jobs: readonly JobRow[], width: number): readonly string[] {
  const cells = jobs.map(({ id, state, host, slug, exitCode, error }) => [
    String(id),
    state,
    sanitizeLine(host ?? ""),
    sanitizeLine(slug ?? ""),
    sanitizeLine(error ?? (exitCode === undefined ? "" : `exit ${exitCode}`)),
  ])
  return formatTable(COLUMNS, cells, { width })
}
