// Has a request's body looked through on its way out, without holding more of it than need be.
//
// In pieces: a find stops the request in the middle. A packed body is searched twice, as it
// is sent and unpacked, since decoders skip bytes that are sent all the same. A piece leaves
// when it was looked through, and the last one when the packing was seen to end with it: bytes
// behind that end were looked into by nobody.

import type { Finding, ScannedPiece } from "@bot-bottle/egress"
import { type BodyFilter, type Filtered, type FilteredEnd, Stopped } from "../wire/body/body-filter.ts"
import type { ContentCodings } from "./content-codings.ts"
import type { RouteScan } from "./outbound-scan.ts"
import { createUnpacking } from "./unpack-body.ts"

export interface BodyFindings {
  /** Returns the denial. */
  refused(finding: Finding): unknown
  /** Asks the operator where that is allowed. Undefined when the find may leave, a denial otherwise. */
  held(finding: Finding): Promise<unknown>
  masked(findings: readonly Finding[]): void
  unreadable(): unknown
}

const NOTHING = new Uint8Array(0)
const MAX_UNPACKED_BYTES = 256 * 1024 * 1024

export function guardPlainBody(scan: RouteScan, findings: BodyFindings): BodyFilter {
  const allowed = new Set<string>()
  const stream = scan.without(allowed).openStream("plain")

  function judge(scanned: ScannedPiece): Filtered {
    if (scanned.outcome === "found") return new Stopped(findings.refused(scanned.finding))
    if (scanned.outcome === "masked") findings.masked(scanned.findings)
    return scanned.bytes
  }

  /** A piece with a find has changed nothing in the stream: it is looked at again without what may leave. */
  async function hold(payload: Uint8Array, first: Finding): Promise<Filtered> {
    for (let finding = first; ; ) {
      const denial = await findings.held(finding)
      if (denial !== undefined) return new Stopped(denial)
      allowed.add(finding.detector)
      const scanned = stream.push(payload)
      if (scanned.outcome !== "found") return judge(scanned)
      finding = scanned.finding
    }
  }

  return {
    push(payload) {
      const scanned = stream.push(payload)
      return scanned.outcome === "found" ? hold(payload, scanned.finding) : judge(scanned)
    },
    end: (trailers) => endWith(judge(stream.end()), trailers, scan, findings),
  }
}

export function guardPackedBody(
  scan: RouteScan,
  codings: Extract<ContentCodings, { kind: "packed" }>,
  findings: BodyFindings,
): BodyFilter {
  const unpacked = scan.openStream("packed")
  const asSent = scan.openStream("packed")
  let stopped: Stopped | undefined
  let size = 0
  /** The last piece so far. */
  let held: Uint8Array = NOTHING

  const unpacking = createUnpacking(codings, (part) => {
    size += part.length
    const scanned = unpacked.push(part)
    if (scanned.outcome === "found") stopped ??= new Stopped(findings.refused(scanned.finding))
    if (size > MAX_UNPACKED_BYTES) stopped ??= new Stopped(findings.unreadable())
    if (stopped !== undefined) unpacking.stop()
  })

  return {
    async push(payload) {
      const scanned = asSent.push(payload)
      if (scanned.outcome === "found") stopped ??= new Stopped(findings.refused(scanned.finding))
      if (stopped === undefined) await unpacking.push(payload)
      if (stopped !== undefined) return stopped
      const before = held
      held = payload
      return before
    },
    async end(trailers) {
      const isWhole = await unpacking.finish()
      if (!isWhole) stopped ??= new Stopped(findings.unreadable())
      return endWith(stopped ?? held, trailers, scan, findings)
    },
  }
}

function endWith(last: Filtered, trailers: string, scan: RouteScan, findings: BodyFindings): FilteredEnd {
  if (last instanceof Stopped) return last
  const finding = trailers === "" ? undefined : scan.findInText(trailers)
  return finding === undefined ? { bytes: last, trailers } : new Stopped(findings.refused(finding))
}
