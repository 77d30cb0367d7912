// The faults: a host's worker or proxy is killed, its link goes down, its disk fills up, the database is
// killed. Links and disks recover by themselves while the next faults strike.

import type { Cluster } from "@bot-bottle/testkit"
import type { FleetHost } from "./fleet-host.ts"

export const FAULT_KINDS = ["worker", "proxy", "database", "partition", "disk"] as const
export type FaultKind = (typeof FAULT_KINDS)[number]

/** As often as each is drawn. */
const DRAWN: readonly FaultKind[] = ["worker", "worker", "proxy", "proxy", "database", "partition", "disk"]
const MAX_DISK_MS = 3_000
const MAX_PARTITION_MS = 4_000
/** Longer than a lease: the host must end its run before another one has it. */
const LONG_PARTITION_MS = 14_000
const LONG_PARTITIONS = 0.2
const CRASH_TRIES = 3

export interface StrikeOptions {
  readonly hosts: readonly FleetHost[]
  readonly cluster: Cluster
  readonly random: () => number
  readonly startWorker: (host: FleetHost) => void
  /** Called before the worker is killed, with the process that dies. */
  readonly onWorkerDeath: (host: FleetHost, pid: number) => Promise<void>
}

export interface Strikes {
  strike(): Promise<void>
  /** Every link up and every disk free, for good. */
  recoverAll(): void
  isDatabaseUp(): boolean
  readonly tally: ReadonlyMap<FaultKind, number>
}

export function createStrikes({ hosts, cluster, random, startWorker, onWorkerDeath }: StrikeOptions): Strikes {
  const tally = new Map<FaultKind, number>()
  const recovering = new Map<string, { readonly timer: Timer; readonly recover: () => void }>()
  let isUp = true

  /** A fault upon the same fault lasts as long as the later one. */
  function recoverLater(name: string, ms: number, recover: () => void): void {
    clearTimeout(recovering.get(name)?.timer)
    const timer = setTimeout(() => {
      recovering.delete(name)
      recover()
    }, ms)
    recovering.set(name, { timer, recover })
  }

  async function crash(): Promise<void> {
    isUp = false
    for (let tries = 1; ; tries += 1) {
      try {
        await cluster.crash()
        break
      } catch (error) {
        // A server that replays a long log may need longer than pg_ctl waits.
        if (tries === CRASH_TRIES) throw error
      }
    }
    isUp = true
  }

  const strikers: Readonly<Record<FaultKind, (host: FleetHost) => void | Promise<void>>> = {
    async worker(host) {
      const pid = host.pickWorker(random())
      if (pid !== undefined) {
        await onWorkerDeath(host, pid)
        await host.killWorker(pid)
      }
      startWorker(host)
    },
    proxy: (host) => void host.killProxy(random()),
    database: () => crash(),
    partition(host) {
      host.setLink(false)
      const ms = random() < LONG_PARTITIONS ? LONG_PARTITION_MS : random() * MAX_PARTITION_MS
      recoverLater(`link ${host.name}`, ms, () => host.setLink(true))
    },
    disk(host) {
      host.fillDisk()
      recoverLater(`disk ${host.name}`, random() * MAX_DISK_MS, () => host.freeDisk())
    },
  }

  return {
    tally,
    isDatabaseUp: () => isUp,
    async strike() {
      const host = hosts[Math.floor(random() * hosts.length)]
      const kind = DRAWN[Math.floor(random() * DRAWN.length)]
      if (host === undefined || kind === undefined) return
      tally.set(kind, (tally.get(kind) ?? 0) + 1)
      await strikers[kind](host)
    },
    recoverAll() {
      for (const { timer, recover } of recovering.values()) {
        clearTimeout(timer)
        recover()
      }
      recovering.clear()
    },
  }
}

/** The same numbers for the same seed. */
export function createRandom(seed: number): () => number {
  let state = seed
  return () => {
    state = (state * 1_664_525 + 1_013_904_223) % 2 ** 32
    return state / 2 ** 32
  }
}
