// Carries out ledger writes that must not be forgotten: a ledger that cannot be written now
// is asked again until it can, or until the proxy leaves.
//
//   INV-9  A settlement is never dropped while this process lives. A settlement that still waits at its end
//          stays `reserved` in the ledger, and the next sweep charges it in full.

import type { LedgerOutage } from "./ledger-outage.ts"

export interface LedgerWrites {
  /** `write` is repeated until it succeeds; it must be safe to repeat. */
  enqueue(write: () => Promise<void>): void
  /** Work that will end in writes: `drain` waits for it. Must not reject. */
  expect(work: Promise<void>): void
  readonly waiting: number
  /** Resolves when nothing waits or the time is over; says whether everything was written. */
  drain(timeoutMs: number): Promise<boolean>
}

export interface LedgerWritesOptions {
  readonly outage: LedgerOutage
  readonly firstPauseMs?: number
  readonly maxPauseMs?: number
}

export function createLedgerWrites(options: LedgerWritesOptions): LedgerWrites {
  const { outage, firstPauseMs = 50, maxPauseMs = 2_000 } = options
  const open = new Set<Promise<void>>()
  let given = Promise.withResolvers<void>()

  async function persist(write: () => Promise<void>): Promise<void> {
    for (let pauseMs = firstPauseMs; ; pauseMs = Math.min(pauseMs * 2, maxPauseMs)) {
      try {
        await write()
        outage.over()
        return
      } catch (error) {
        outage.seen(error)
        // `drain` ends the pause: at the end of the process waiting longer gains nothing.
        await Promise.race([Bun.sleep(pauseMs), given.promise])
      }
    }
  }

  return {
    enqueue(write) {
      const done: Promise<void> = persist(write).finally(() => open.delete(done))
      open.add(done)
    },
    expect(work) {
      const done: Promise<void> = work.finally(() => open.delete(done))
      open.add(done)
    },
    get waiting() {
      return open.size
    },
    async drain(timeoutMs) {
      const deadline = Bun.sleep(timeoutMs).then(() => "late" as const)
      given.resolve()
      given = Promise.withResolvers()
      while (open.size > 0) {
        const first = await Promise.race([deadline, Promise.all(open).then(() => "done" as const)])
        if (first === "late") break
      }
      return open.size === 0
    },
  }
}
