// How long the job of a killed worker waited for another one: the time that passed, and the part of it in
// which somebody could take the job. Then the database was there, and a worker was free on a host whose link
// and disk had been well for a while.

import type { FleetHost } from "./fleet-host.ts"
import type { CampaignQueue, JobState } from "./queue.ts"

export interface Takeover {
  readonly passedMs: number
  readonly possibleMs: number
}

export interface TakeoverWatch extends AsyncDisposable {
  /** Called before the worker is killed. */
  noteDeath(host: FleetHost, pid: number): Promise<void>
  readonly takeovers: readonly Takeover[]
}

interface Orphan {
  readonly attempts: number
  readonly diedAtMs: number
  possibleMs: number
}

const LOOK_MS = 200

export function watchTakeovers(
  queue: CampaignQueue,
  hosts: readonly FleetHost[],
  isDatabaseUp: () => boolean,
): TakeoverWatch {
  const takeovers: Takeover[] = []
  const orphans = new Map<number, Orphan>()
  let isOver = false

  function isTaken({ state, attempts }: JobState, orphan: Orphan): boolean {
    return attempts > orphan.attempts || (state !== "running" && state !== "queued")
  }

  function canTake(jobs: readonly JobState[]): boolean {
    return hosts.some((host) => {
      const busy = jobs.filter(({ id, state, host: on }) => state === "running" && on === host.id && !orphans.has(id))
      return host.isFit && host.readyWorkers > busy.length
    })
  }

  async function look(sinceMs: number): Promise<void> {
    const jobs = orphans.size === 0 ? undefined : await queue.read()
    if (jobs === undefined) return
    const wasPossible = isDatabaseUp() && canTake(jobs)
    for (const job of jobs) {
      const orphan = orphans.get(job.id)
      if (orphan === undefined) continue
      if (wasPossible) orphan.possibleMs += Math.min(sinceMs, performance.now() - orphan.diedAtMs)
      if (!isTaken(job, orphan)) continue
      // A job that ended with its worker was not taken over.
      if (job.attempts > orphan.attempts)
        takeovers.push({ passedMs: performance.now() - orphan.diedAtMs, possibleMs: orphan.possibleMs })
      orphans.delete(job.id)
    }
  }

  const watching = (async () => {
    for (let atMs = performance.now(); !isOver; ) {
      const sinceMs = performance.now() - atMs
      atMs = performance.now()
      await look(sinceMs)
      await Bun.sleep(LOOK_MS)
    }
  })()

  return {
    takeovers,
    async noteDeath(host, pid) {
      const own = host.jobOf(pid)
      const jobs = own === undefined ? [] : ((await queue.read()) ?? [])
      const job = jobs.find(({ id, state, host: on }) => id === own && state === "running" && on === host.id)
      if (job !== undefined) orphans.set(job.id, { attempts: job.attempts, diedAtMs: performance.now(), possibleMs: 0 })
    },
    async [Symbol.asyncDispose]() {
      isOver = true
      await watching
    },
  }
}
