// Counts what the proxy did and writes it down: one JSON line an event, in the egress folder.
//
// Written at once, so that a killed proxy's last refusal is on disk. Bounded: a bottle that
// asks for trouble in a loop must not fill the host's disk, so at 16 MiB the file becomes
// `events.jsonl.1`, replacing the one before. A line that cannot be written costs the line,
// never the refusal.

import { closeSync, fstatSync, openSync, renameSync, writeSync } from "node:fs"
import type { DenialReason, EgressEvent } from "@bot-bottle/contracts"
import { OBSERVED_RULE } from "./observed-routes.ts"
import type { ProviderWatch } from "./upstream/provider-watch.ts"

export interface EventLog {
  readonly denied: number
  readonly forwarded: number
  /** Always counted; written at log level 1 and up. */
  recordDenied(event: Omit<EgressEvent, "id" | "at" | "kind"> & { readonly reason: DenialReason }): void
  /** Always counted; written at log level 2, and at any level when it was only observed. */
  recordForwarded(event: Omit<EgressEvent, "id" | "at" | "kind">): void
  setLogLevel(level: 0 | 1 | 2): void
  close(): void
}

export interface EventLogOptions {
  readonly path: string
  readonly logLevel: 0 | 1 | 2
  /** Of every event, whatever the level. */
  readonly watch: Pick<ProviderWatch, "take">
  readonly maxBytes?: number
}

export function openEventLog({ path, logLevel, watch, maxBytes = 16 * 1024 * 1024 }: EventLogOptions): EventLog {
  let file = openSync(path, "a", 0o600)
  let size = fstatSync(file).size
  let denied = 0
  let forwarded = 0
  let level = logLevel
  const nextId = createEventIds(Date.now)

  function write(event: Omit<EgressEvent, "id" | "at">): void {
    const line = `${JSON.stringify({ id: nextId(), at: new Date().toISOString(), ...event })}\n`
    try {
      if (size >= maxBytes) rotate()
      size += writeSync(file, line)
    } catch {
      // A full disk: the count still tells, and what was refused stays refused.
    }
  }

  function rotate(): void {
    renameSync(path, `${path}.1`)
    closeSync(file)
    file = openSync(path, "a", 0o600)
    size = 0
  }

  return {
    get denied() {
      return denied
    },
    get forwarded() {
      return forwarded
    },
    recordDenied(event) {
      denied += 1
      watch.take(event)
      if (level >= 1) write({ kind: "denied", ...event })
    },
    recordForwarded(event) {
      forwarded += 1
      watch.take(event)
      if (event.rule === OBSERVED_RULE) write({ kind: "observed", ...event })
      else if (level >= 2) write({ kind: "forwarded", ...event })
    },
    setLogLevel(wanted) {
      level = wanted
    },
    close: () => closeSync(file),
  }
}

/** The milliseconds in base 36, and a number where one is taken. A clock that is set back repeats none. */
export function createEventIds(nowMs: () => number): () => string {
  let lastMs = 0
  let count = 0
  return () => {
    const ms = Math.max(nowMs(), lastMs)
    count = ms === lastMs ? count + 1 : 0
    lastMs = ms
    return ms.toString(36) + (count === 0 ? "" : `-${count.toString(36)}`)
  }
}
