// Reads what proxies of live runs refuse, from their event logs, and counts it by reason and
// target. Files are held open; a look costs one fstat a run until something was written, and every
// few looks one stat to see whether the log was rotated.
//
// The logs are written by trusted proxies about an agent's requests: every line is parsed, and
// the number of different targets that are kept is bounded.

import { closeSync, fstatSync, openSync, readSync, statSync } from "node:fs"
import { join } from "node:path"
import { createLineSplitter, DENIAL_CAUSE, type DeniedRow, EGRESS_FILES, type Slug } from "@bot-bottle/contracts"
import { egressEventSchema, MAX_EGRESS_EVENT } from "@bot-bottle/contracts/messages/egress-event"
import { parseMessage } from "@bot-bottle/contracts/messages/shapes/parse-message"
import { ifThere } from "@bot-bottle/kernel"

export interface Denial {
  readonly atMs: number
  readonly row: DeniedRow
}

export interface DenialTail {
  /** The refusals since the last look, each with its count so far. */
  look(): readonly Denial[]
  readonly total: number
  close(): void
}

/** Of one look, so that a long log does not stop everything else. */
const MAX_BYTES = 1024 * 1024
const MAX_TARGETS = 1_000
/** A look comes ten times a second, a rotation once in megabytes. */
const LOOKS_PER_STAT = 5

export function openDenialTail(slug: Slug, egressFolder: string): DenialTail {
  const path = join(egressFolder, EGRESS_FILES.events)
  const counts = new Map<string, number>()
  const earlier = ifThere(() => openSync(join(egressFolder, EGRESS_FILES.earlierEvents), "r"))
  let file = earlier ?? ifThere(() => openSync(path, "r"))
  let offset = 0
  let splitter = createLineSplitter(MAX_EGRESS_EVENT)
  let total = 0
  let isClosed = false
  let looks = 0

  function readMore(): readonly string[] {
    if (file === undefined) return []
    const size = fstatSync(file).size
    if (size <= offset) return []
    const bytes = new Uint8Array(Math.min(MAX_BYTES, size - offset))
    const read = readSync(file, bytes, 0, bytes.length, offset)
    offset += read
    return splitter.push(bytes.subarray(0, read))
  }

  /** The log was rotated: what is open has been read to its end, and the new one is begun. */
  function moveOn(): boolean {
    const named = statSync(path, { throwIfNoEntry: false })
    if (named === undefined || (file !== undefined && fstatSync(file).ino === named.ino)) return false
    const next = ifThere(() => openSync(path, "r"))
    if (next === undefined) return false
    if (file !== undefined) closeSync(file)
    file = next
    offset = 0
    splitter = createLineSplitter(MAX_EGRESS_EVENT)
    return true
  }

  function denialOf(line: string): Denial | undefined {
    const parsed = parseMessage(egressEventSchema, line, { maxLength: MAX_EGRESS_EVENT })
    if (parsed.outcome === "invalid" || parsed.message.kind !== "denied" || parsed.message.reason === undefined)
      return undefined
    const { at, reason, host, port } = parsed.message
    // Elsewhere the host alone was the matter, and each path would be a row of its own.
    const { method, path: target } = DENIAL_CAUSE[reason] === "request" ? parsed.message : {}
    total += 1
    const exact = [reason, method ?? "", host, port, target ?? ""].join(" ")
    // Past the bound only the reason is kept: an agent can invent hosts without end.
    const isKept = counts.has(exact) || counts.size < MAX_TARGETS
    const key = isKept ? exact : reason
    const count = (counts.get(key) ?? 0) + 1
    counts.set(key, count)
    const row: DeniedRow = isKept
      ? { slug, reason, method: method?.slice(0, 256) ?? null, host, port, path: target ?? null, count }
      : { slug, reason, method: null, host: "other hosts", port: 0, path: null, count }
    return { atMs: Date.parse(at), row }
  }

  return {
    get total() {
      return total
    },
    look() {
      if (isClosed) return []
      const newest = new Map<string, Denial>()
      let lines = readMore()
      const mayBeRotated = (file !== undefined && file === earlier) || looks % LOOKS_PER_STAT === 0
      looks += 1
      if (lines.length === 0 && mayBeRotated && moveOn()) lines = readMore()
      for (const line of lines) {
        const denial = denialOf(line)
        if (denial === undefined) continue
        const { reason, method, host, port, path: target } = denial.row
        newest.set([reason, method, host, port, target].join(" "), denial)
      }
      return [...newest.values()]
    },
    close() {
      isClosed = true
      if (file !== undefined) closeSync(file)
      file = undefined
    },
  }
}
