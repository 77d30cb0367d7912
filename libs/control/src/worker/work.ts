// Takes jobs that a shared ledger holds and runs them on this host, one after the other. A job says
// which agent runs and what it is told; what that agent may do is this host's own word.

import { OperatorProblem } from "@bot-bottle/contracts"
import { pause, readUptimeMs } from "@bot-bottle/kernel"
import { type JobQueue, type Labels, type Ledger, LedgerOutdated } from "@bot-bottle/ledger"
import type { ControlHost, HostEnv } from "../host.ts"
import { openHostLedger } from "../open-host-ledger.ts"
import { openUnlessStopped, StopRequest, unlessStopped } from "../session/stop-request.ts"
import { findSharedLedger } from "../shared-ledger.ts"
import { serveFleet } from "../shutdown/serve-fleet.ts"
import { LEASE_MS } from "./keep-lease.ts"
import { runJob } from "./run-job.ts"

export interface WorkOptions {
  readonly labels: Labels
  /** Ends when there is no job that fits, or after one. */
  readonly once: boolean
  readonly signal: AbortSignal
}

/** A dead host's job is taken so soon after its lease. */
const IDLE_MS = 500

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
