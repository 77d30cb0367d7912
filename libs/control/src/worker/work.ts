// Takes jobs that a shared ledger holds and runs them on this host, one after the other. A job says
// which agent runs and what it is told; what that agent may do is this host's own word.

import { OperatorProblem, type Slug } from "@bot-bottle/contracts"
import { startFlagsSchema } from "@bot-bottle/contracts/messages/background"
import { parseMessage } from "@bot-bottle/contracts/messages/shapes/parse-message"
import { pause, readUptimeMs } from "@bot-bottle/kernel"
import {
  type Job,
  type JobOutcome,
  type JobQueue,
  type Labels,
  type Ledger,
  LedgerOutdated,
  LedgerUnavailable,
} from "@bot-bottle/ledger"
import type { ControlHost, HostEnv } from "../host.ts"
import { NoRoom } from "../launch/check-room.ts"
import { type LaunchOptions, start } from "../launch-verbs.ts"
import { openHostLedger } from "../open-host-ledger.ts"
import { askNobody } from "../questions.ts"
import { Fenced, openUnlessStopped, StopRequest, unlessStopped } from "../session/stop-request.ts"
import { findSharedLedger } from "../shared-ledger.ts"
import { serveFleet } from "../shutdown/serve-fleet.ts"
import { keepLease, LEASE_MS } from "./keep-lease.ts"
import { createProxyLease } from "./proxy-lease.ts"

export interface WorkOptions {
  readonly labels: Labels
  /** Ends when there is no job that fits, or after one. */
  readonly once: boolean
  readonly signal: AbortSignal
}

/** A dead host's job is taken so soon after its lease. */
const IDLE_MS = 500
/** Of the command line, and of an OperatorProblem that says so. */
const NO_ISOLATION = 3
const REPORT_EVERY_MS = 200
const REPORT_TIMEOUT_MS = 10 * 60_000
const MAX_ORDER = 8 * 1024 * 1024

/** Throws OperatorProblem when the ledger is this host's own. */
export async function work(host: ControlHost, options: WorkOptions): Promise<void> {
  try {
    await takeJobs(host, options)
  } catch (error) {
    if (!(error instanceof StopRequest)) throw error
  }
}

/** Throws StopRequest for a stop that comes while it waits for the database. */
async function takeJobs(host: ControlHost, { labels, once, signal }: WorkOptions): Promise<void> {
  await using ledger = await openUnlessStopped(signal, openHostLedger(host))
  const jobs = queueOf(ledger)
  await using _serving = serveFleet(host, ledger)
  let isAway = false
  while (!signal.aborted) {
    const takenAtMs = readUptimeMs()
    // A database that is gone comes back: a worker waits for it. An older build stays an older one.
    const taking = jobs
      .take({ labels: { ...labels, host: ledger.host }, leaseMs: LEASE_MS })
      .catch((error: unknown) => {
        if (once || !(error instanceof OperatorProblem) || error instanceof LedgerOutdated) throw error
        // Said once: it may be away for hours.
        if (!isAway) host.notify({ kind: "queue-away", message: error.message })
        return "away" as const
      })
    // A job that is given too late goes to another worker when its lease is over.
    const job = await unlessStopped(signal, taking)
    isAway = job === "away"
    const ended = typeof job === "object" ? await runJob(host, jobs, { job, takenAtMs, signal }) : undefined
    if (once) return
    if (ended === "returned") await pause(LEASE_MS, signal)
    else if (ended === undefined) await pause(IDLE_MS * (0.8 + 0.4 * Math.random()), signal)
  }
}

export function queueOf({ fleet }: Pick<Ledger, "fleet">): JobQueue {
  if (fleet === undefined) throw notShared()
  return fleet.jobs
}

/** Throws as `queueOf`, and opens nothing. */
export function requireQueue(env: HostEnv): void {
  if (findSharedLedger(env) === undefined) throw notShared()
}

function notShared(): OperatorProblem {
  return new OperatorProblem("jobs need a ledger that hosts share, and this one is the host's own", {
    hint: "name the database in settings.yml: ledger: postgres://user@host/database",
  })
}

interface Taken {
  readonly job: Job
  readonly takenAtMs: number
  readonly signal: AbortSignal
}

/** `returned`: this host cannot run it now, and another one takes it when the lease is over. */
async function runJob(
  host: ControlHost,
  jobs: JobQueue,
  { job, takenAtMs, signal }: Taken,
): Promise<"over" | "returned"> {
  const lost = new AbortController()
  // The run that the job has become: told with the next renewal.
  let slug: Slug | undefined
  const proxyLease = createProxyLease({ takenAtMs, uptimeMs: readUptimeMs })
  await using lease = keepLease({
    async renew() {
      const askedAtMs = readUptimeMs()
      const isKept = await jobs.keep(job, { leaseMs: LEASE_MS, slug })
      if (isKept) proxyLease.renewed(askedAtMs)
      return isKept
    },
    takenAtMs,
    onLost: () => lost.abort(new Fenced("a lost lease on its job", 1)),
    uptimeMs: readUptimeMs,
  })
  host.notify({ kind: "job-taken", id: job.id, attempt: job.attempt })
  const told: ControlHost = {
    ...host,
    env: { ...host.env, operator: job.actor },
    notify(event) {
      if (event.kind === "run-started") slug = event.slug
      host.notify(event)
    },
  }
  const outcome = await launch(told, job, { signal: AbortSignal.any([signal, lost.signal]), lease: proxyLease })
  if (lease.isLost()) {
    host.notify({ kind: "job-lost", id: job.id })
    return "over"
  }
  // A worker that is asked to leave gives the job up: another one takes it when the lease is over.
  if (signal.aborted) return "over"
  if (outcome.outcome === "unable") {
    host.notify({ kind: "job-returned", id: job.id, message: outcome.message })
    return "returned"
  }
  host.notify({ kind: "job-ended", id: job.id, outcome })
  await report(host, jobs, { job, outcome, signal })
  return "over"
}

interface Ended {
  readonly job: Job
  readonly outcome: JobOutcome
  /** Of a worker that is asked to leave: nobody waits for the database then. */
  readonly signal: AbortSignal
}

/** The job is sound, and this host is not. */
interface Unable {
  readonly outcome: "unable"
  readonly message: string
}

async function launch(
  host: ControlHost,
  job: Job,
  held: Pick<LaunchOptions, "signal" | "lease">,
): Promise<JobOutcome | Unable> {
  const flags = parseMessage(startFlagsSchema, job.order, { maxLength: MAX_ORDER })
  if (flags.outcome === "invalid") return { outcome: "failed", error: `the job's order is invalid: ${flags.problem}` }
  const { cwd, workspace, withSecrets } = flags.message
  if (cwd === true || workspace !== undefined || withSecrets === true) {
    return { outcome: "failed", error: "a job gets no folder of the host that runs it" }
  }
  try {
    const launched = await start(
      host,
      { ...flags.message, headless: true, detach: false, dryRun: false },
      { ask: askNobody, confirm: "given", mode: { kind: "background" }, ...held },
    )
    if (launched.outcome === "ended")
      return { outcome: "done", exitCode: launched.end.exitCode, slug: launched.end.slug }
    return { outcome: "failed", error: "nothing was launched" }
  } catch (error) {
    const trouble = troubleOf(error)
    if (trouble !== undefined) return { outcome: "unable", message: trouble }
    if (!(error instanceof OperatorProblem)) throw error
    const hint = error.hint === undefined ? "" : ` (${error.hint})`
    return { outcome: "failed", error: `${error.message}${hint}` }
  }
}

/** A reason of this host's: no room, no isolation, or no ledger. Undefined for what every host would say of the job. */
function troubleOf(error: unknown): string | undefined {
  if (error instanceof LedgerUnavailable || error instanceof NoRoom) return error.message
  if (error instanceof OperatorProblem && error.exitCode === NO_ISOLATION) return error.message
  const { code, message } = error as NodeJS.ErrnoException
  return code === "ENOSPC" || code === "EDQUOT" ? message : undefined
}

/** While the database is gone nobody takes the job. Once it is back, the first word counts: this one, or another worker's. */
async function report({ notify }: ControlHost, jobs: JobQueue, { job, outcome, signal }: Ended): Promise<void> {
  const endMs = readUptimeMs() + REPORT_TIMEOUT_MS
  for (let isAway = false; ; isAway = true) {
    try {
      await jobs.end(job, outcome)
      return
    } catch (error) {
      const { message } = error instanceof Error ? error : new Error(String(error))
      const isFinal = error instanceof LedgerOutdated || signal.aborted || readUptimeMs() >= endMs
      if (isFinal) return notify({ kind: "job-unreported", id: job.id, message })
      if (!isAway) notify({ kind: "queue-away", message })
      await pause(REPORT_EVERY_MS, signal)
    }
  }
}
