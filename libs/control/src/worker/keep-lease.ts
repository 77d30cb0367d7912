// Renews a lease that a shared ledger gave this process, and reports its loss early enough: before
// another host may take over, nothing of the work is left here.
//
// Time is counted from the question, not from its answer, by the clock that also runs while the
// machine sleeps and that nobody sets.

/** A dead host's work is free after this time. The database's clock measures it. */
export const LEASE_MS = 6_000
const RENEW_MS = 1_000
/** Without a renewal for so long the work is ended: what is left of the lease is for its end. */
const GIVE_UP_MS = 3_500
const LOOK_MS = 250
/** A question that hangs must not hold up the next one. */
const MAX_QUESTIONS = 2

export interface LeaseKeeper extends AsyncDisposable {
  readonly isLost: () => boolean
}

export interface LeaseOptions {
  /** Asks for `LEASE_MS` from now. False when the lease is another's by now. */
  readonly renew: () => Promise<boolean>
  /** When the lease was asked for. */
  readonly takenAtMs: number
  /** Called once. */
  readonly onLost: () => void
  /** Milliseconds since the machine started. */
  readonly uptimeMs: () => number
}

export function keepLease({ renew, takenAtMs, onLost, uptimeMs }: LeaseOptions): LeaseKeeper {
  let keptAtMs = takenAtMs
  let askedAtMs = takenAtMs
  let isLost = false
  let isOver = false
  const asking = new Set<Promise<void>>()
  const lose = () => {
    if (isLost || isOver) return
    isLost = true
    onLost()
  }
  const isTooOld = () => uptimeMs() - keptAtMs > GIVE_UP_MS
  async function ask(atMs: number): Promise<void> {
    try {
      if (await renew()) keptAtMs = Math.max(keptAtMs, atMs)
      else lose()
    } catch {
      // No answer: the next question may get one in time.
    }
  }
  const timer = setInterval(() => {
    if (isTooOld()) lose()
    const nowMs = uptimeMs()
    if (isLost || nowMs - askedAtMs < RENEW_MS || asking.size >= MAX_QUESTIONS) return
    askedAtMs = nowMs
    const asked = ask(nowMs).finally(() => asking.delete(asked))
    asking.add(asked)
  }, LOOK_MS)
  return {
    // A process that was stopped for a while learns of it here before its timer fires.
    isLost: () => isLost || isTooOld(),
    async [Symbol.asyncDispose]() {
      isOver = true
      clearInterval(timer)
      await Promise.all(asking)
    },
  }
}
