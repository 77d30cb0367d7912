// Sends what has changed on this host and takes in what operators did elsewhere.
//
// A batch that does not arrive stays in the outbox and goes with the next. After a failure the
// shared ledger is left alone for a moment, so that a database that is gone delays nobody.

import { LedgerOutdated } from "../ledger-unavailable.ts"
import type { PushAnswer, SharedStore } from "../postgres/shared-store.ts"
import type { HostCommand } from "../roles/fleet.ts"
import type { HostPart } from "../sqlite/host-part.ts"

export interface Sync {
  /** Throws LedgerUnavailable. */
  now(): Promise<readonly HostCommand[]>
  /** As `now`, for callers whose own work is done: trouble is noted and does not stop them. */
  soon(): Promise<void>
  readonly isDown: () => boolean
  /** Somebody else has found the database gone: nobody waits for it again for a moment. */
  noteDown(problem: Error): void
}

export interface SyncOptions {
  readonly shared: Pick<SharedStore, "push">
  readonly part: HostPart
  readonly ready: () => Promise<void>
  /** How far this host's clock is behind the fleet's. */
  readonly skewOf: (answer: { readonly nowMs: number }, askedAtMs: number) => number
  readonly nowMs: () => number
  /** Told how each exchange went: undefined when it worked. */
  readonly onOutcome: (problem: Error | undefined) => void
}

const REST_MS = 3000
const NO_ROWS = "{}"

export function createSync({ shared, part, ready, skewOf, nowMs, onOutcome }: SyncOptions): Sync {
  let downUntil = 0
  let running: Promise<readonly HostCommand[]> | undefined
  let next: Promise<readonly HostCommand[]> | undefined

  async function run(): Promise<readonly HostCommand[]> {
    try {
      await ready()
      const { commands, refusal } = await exchange()
      downUntil = 0
      onOutcome(refusal)
      return commands
    } catch (error) {
      noteDown(error instanceof Error ? error : new Error(String(error)))
      throw error
    }
  }

  function noteDown(problem: Error): void {
    downUntil = performance.now() + REST_MS
    onOutcome(problem)
  }

  /** `refusal`: what this host has to send stays here. It still receives what operators ask of its runs. */
  async function exchange(): Promise<Pick<PushAnswer, "commands"> & { readonly refusal?: LedgerOutdated }> {
    for (let atLeastSeq = 0; ; ) {
      // With nothing to send, an empty batch without a place in the order asks for the news.
      const batch = (await part.waiting(1)) > 0 ? await part.takeBatch(atLeastSeq) : undefined
      const askedAtMs = nowMs()
      const answer = await shared.push(batch?.seq ?? 0, batch?.body ?? NO_ROWS).catch((error: unknown) => {
        if (error instanceof LedgerOutdated) return error
        throw error
      })
      if (answer instanceof LedgerOutdated) {
        const { commands } = await shared.push(0, NO_ROWS)
        return { commands, refusal: answer }
      }
      const skewMs = skewOf(answer, askedAtMs)
      const { timeZone, limits, resets } = answer
      await part.mirror({ timeZone: timeZone ?? "UTC", skewMs, limits, resets })
      if (batch === undefined) return answer
      if (answer.accepted) await part.batchSent(batch)
      else atLeastSeq = answer.seq
      if (answer.accepted && batch.isAll) return answer
    }
  }

  /** One at a time. A call that comes meanwhile needs a later one: its rows may not be in this batch. */
  function now(): Promise<readonly HostCommand[]> {
    if (running === undefined) {
      running = run().finally(() => {
        running = undefined
      })
      return running
    }
    next ??= running
      .catch(() => undefined)
      .then(() => {
        next = undefined
        return now()
      })
    return next
  }

  return {
    now,
    async soon() {
      // Trouble has been noted; the rows wait in the outbox.
      if (performance.now() >= downUntil) await now().catch(() => undefined)
    },
    isDown: () => performance.now() < downUntil,
    noteDown,
  }
}
