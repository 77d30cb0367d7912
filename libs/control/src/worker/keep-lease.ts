// Renews a worker's lease on a job, and ends its run when that fails: before another host may
// take the job, nothing of the run is left here.
//
// Time is counted from the question, not from its answer, by the clock that also runs while the
// machine sleeps and that nobody sets.

import { readFileSync } from "node:fs"
import type { Slug } from "@bot-bottle/contracts"
import type { JobLease, JobQueue } from "@bot-bottle/ledger"

/** A dead host's job is free after this time. */
export const LEASE_MS = 8_000
const RENEW_MS = 1_500
/** Without a renewal for so long the run is ended: what is left of the lease is for its end. */
const GIVE_UP_MS = 4_500

export interface LeaseKeeper extends AsyncDisposable {
  /** The run that the job has become: told with the next renewal. */
  setSlug(slug: Slug): void
  readonly isLost: () => boolean
}

export interface LeaseOptions {
  readonly jobs: Pick<JobQueue, "keep">
  readonly job: JobLease
  /** When the job was asked for. */
  readonly takenAtMs: number
  readonly onLost: () => void
  /** Milliseconds since the machine started. */
  readonly uptimeMs: () => number
}

export function keepLease({ jobs, job, takenAtMs, onLost, uptimeMs }: LeaseOptions): LeaseKeeper {
  let keptAtMs = takenAtMs
  let slug: Slug | undefined
  let isLost = false
  let isOver = false
  let asking: Promise<void> | undefined
  const lose = () => {
    if (isLost || isOver) return
    isLost = true
    onLost()
  }
  async function renew(): Promise<void> {
    const askedAtMs = uptimeMs()
    try {
      if (await jobs.keep(job, { leaseMs: LEASE_MS, slug })) keptAtMs = askedAtMs
      else lose()
    } catch {
      // No answer: the next question may get one in time.
    }
  }
  const timer = setInterval(() => {
    if (uptimeMs() - keptAtMs > GIVE_UP_MS) lose()
    else
      asking ??= renew().finally(() => {
        asking = undefined
      })
  }, RENEW_MS / 3)
  return {
    setSlug(started) {
      slug = started
    },
    isLost: () => isLost,
    async [Symbol.asyncDispose]() {
      isOver = true
      clearInterval(timer)
      await asking
    },
  }
}

export function readUptimeMs(): number {
  return Number.parseFloat(readFileSync("/proc/uptime", "latin1")) * 1000
}
