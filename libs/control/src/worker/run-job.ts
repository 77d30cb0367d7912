// Runs one job that this host has taken, under its lease, and tells the queue how it ended.
// Nothing is reported of a run whose egress a lost lease may have closed: its agent may have ended for that
// reason. An agent that ended before that has done its work, and the queue decides whether that counts.

import { OperatorProblem, type Slug } from "@bot-bottle/contracts"
import { startFlagsSchema } from "@bot-bottle/contracts/messages/background"
import { parseMessage } from "@bot-bottle/contracts/messages/shapes/parse-message"
import { pause, readUptimeMs } from "@bot-bottle/kernel"
import { type Job, type JobOutcome, type JobQueue, LedgerOutdated, LedgerUnavailable } from "@bot-bottle/ledger"
import type { ControlHost } from "../host.ts"
import { NoRoom } from "../launch/check-room.ts"
import { type LaunchOptions, start } from "../launch-verbs.ts"
import { askNobody } from "../questions.ts"
import { Fenced } from "../session/stop-request.ts"
import { decideJobEnd, type JobEnd } from "./job-end.ts"
import { keepLease, LEASE_MS } from "./keep-lease.ts"
import { createProxyLease } from "./proxy-lease.ts"

export interface Taken {
  readonly job: Job
  /** When the lease was asked for. */
  readonly takenAtMs: number
  readonly signal: AbortSignal
}

/** Of the command line, and of an OperatorProblem that says so. */
const NO_ISOLATION = 3
const REPORT_EVERY_MS = 200
const REPORT_TIMEOUT_MS = 10 * 60_000
const MAX_ORDER = 8 * 1024 * 1024

/** `returned`: this host cannot run it now, and another one takes it when the lease is over. */
export async function runJob(
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
  const end = await launch(told, job, { signal: AbortSignal.any([signal, lost.signal]), lease: proxyLease })
  if (lease.isLost() && !(end.outcome === "done" && proxyLease.servedToTheEnd)) {
    host.notify({ kind: "job-lost", id: job.id, run: "interrupted" })
    return "over"
  }
  switch (end.outcome) {
    case "done":
    case "failed":
      host.notify({ kind: "job-ended", id: job.id, outcome: end })
      await report(host, jobs, { job, outcome: end, signal })
      return "over"
    case "unable":
      host.notify({ kind: "job-returned", id: job.id, message: end.message })
      return "returned"
    case "interrupted":
      // A worker that is asked to leave gives the job up: another one takes it when the lease is over.
      return "over"
  }
}

async function launch(host: ControlHost, job: Job, held: Pick<LaunchOptions, "signal" | "lease">): Promise<JobEnd> {
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
    return decideJobEnd(launched, { isStopped: held.signal.aborted })
  } catch (error) {
    // A launch that is stopped fails in many ways, and none of them says anything about the job.
    if (held.signal.aborted) return { outcome: "interrupted" }
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

interface Ended {
  readonly job: Job
  readonly outcome: JobOutcome
  /** Of a worker that is asked to leave: it tries once more then, and does not wait for the database. */
  readonly signal: AbortSignal
}

/** While the database is gone nobody takes the job. Once it is back, the first word counts: this one, or another worker's. */
async function report({ notify }: ControlHost, jobs: JobQueue, { job, outcome, signal }: Ended): Promise<void> {
  const endMs = readUptimeMs() + REPORT_TIMEOUT_MS
  for (let isAway = false; ; isAway = true) {
    try {
      if (!(await jobs.end(job, outcome))) notify({ kind: "job-lost", id: job.id, run: "ended" })
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
