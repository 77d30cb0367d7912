// Passes each renewal of a job's lease on to the proxy of its run, which serves no longer than that. So a
// worker that is stopped leaves no agent with egress behind when another host takes the job.
//
//   INV-48  The proxy's time is counted from the question of the renewal, and ends well before the lease does.

import type { RunLease } from "@bot-bottle/contracts"
import { sendLease } from "../client/control-socket.ts"
import type { LaunchLease } from "../launch/launch-site.ts"
import { LEASE_MS } from "./keep-lease.ts"

export interface ProxyLease extends LaunchLease {
  /** The lease was renewed by a question of this time. */
  renewed(askedAtMs: number): void
  /** The agent ended by itself while its proxy still served: a lost lease is not why it ended. */
  readonly servedToTheEnd: boolean
}

export interface ProxyLeaseOptions {
  /** When the lease was asked for. */
  readonly takenAtMs: number
  /** Milliseconds since the machine started. */
  readonly uptimeMs: () => number
}

/** Longer than a worker keeps its run without a renewal: the proxy acts only when the worker cannot. */
export const SERVES_MS = LEASE_MS - 1_500
const RETRY_MS = 100

export function createProxyLease({ takenAtMs, uptimeMs }: ProxyLeaseOptions): ProxyLease {
  let current = leaseOf(takenAtMs)
  /** The proxy knows of this one, or of a later one. */
  let known = current
  let servedToTheEnd = false
  let egressFolder: string | undefined
  let isSending = false

  /** A proxy that still starts does not answer yet. If it stays silent, its own deadline ends egress. */
  async function send(folder: string): Promise<void> {
    if (isSending) return
    isSending = true
    for (let sent: RunLease | undefined; sent !== current && uptimeMs() < current.askedAtMs + SERVES_MS; ) {
      const tried = current
      if ((await sendLease(folder, tried)).outcome === "answered") sent = known = tried
      else await Bun.sleep(RETRY_MS)
    }
    isSending = false
  }

  return {
    get current() {
      return current
    },
    follow(folder) {
      egressFolder = folder
    },
    agentEnded() {
      servedToTheEnd = uptimeMs() < known.askedAtMs + SERVES_MS
    },
    get servedToTheEnd() {
      return servedToTheEnd
    },
    renewed(askedAtMs) {
      if (askedAtMs <= current.askedAtMs) return
      current = leaseOf(askedAtMs)
      if (egressFolder !== undefined) void send(egressFolder)
    },
  }
}

/** Rounded down: a whole number is sent. */
function leaseOf(askedAtMs: number): RunLease {
  return { askedAtMs: Math.floor(askedAtMs), servesMs: SERVES_MS }
}
