// When the egress of a run ends whose work is held under a lease: its launcher says so with each renewal.
// A launcher that was stopped renews nothing, and this process and the bottle would work on without it.
//
//   INV-48  A proxy serves nothing from the deadline on. It lies before the moment at which another host
//           may take the work.
//
// Decides by the clock that also runs while the machine sleeps. A late renewal opens egress again: the
// launcher sends one only while the work is this host's.

import type { Denial, RunLease } from "@bot-bottle/contracts"
import { describeLeaseExpired } from "./describe-denial.ts"

export interface LeaseDeadline {
  /** The answer to every request from the deadline on. Undefined before it, and for a run without a lease. */
  readonly denial: Denial | undefined
  /** Told at each deadline that passes. */
  onPassed(listener: (denial: Denial) => void): void
  /** Returns false, changing nothing, for a run that began without a lease. */
  renew(lease: RunLease): boolean
  close(): void
}

export interface LeaseDeadlineOptions {
  /** With which the run began. Undefined: its work is no other host's, and it has no deadline. */
  readonly first: RunLease | undefined
  readonly uptimeMs: () => number
}

/**
 * A timer alone would be late by the time that the machine slept. An answer that was open before the sleep may pass bytes
 * for this long after it. New requests look at the clock themselves.
 */
const LOOK_MS = 100

export function createLeaseDeadline({ first, uptimeMs }: LeaseDeadlineOptions): LeaseDeadline {
  if (first === undefined) return { denial: undefined, onPassed: () => {}, renew: () => false, close: () => {} }

  const denial = describeLeaseExpired()
  const listeners: ((denial: Denial) => void)[] = []
  let endsAtMs = endOf(first)
  let isTold = false

  // A time that is yet to come is of another clock: it gives no more than one of now.
  function endOf({ askedAtMs, servesMs }: RunLease): number {
    return Math.min(askedAtMs, uptimeMs()) + servesMs
  }

  const isPassed = () => uptimeMs() >= endsAtMs
  const timer = setInterval(() => {
    const wasTold = isTold
    isTold = isPassed()
    if (isTold && !wasTold) for (const listener of listeners) listener(denial)
  }, LOOK_MS)
  timer.unref()

  return {
    get denial() {
      return isPassed() ? denial : undefined
    },
    onPassed: (listener) => void listeners.push(listener),
    renew(lease) {
      endsAtMs = Math.max(endsAtMs, endOf(lease))
      return true
    },
    close: () => clearInterval(timer),
  }
}
