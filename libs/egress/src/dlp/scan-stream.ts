// Scans bytes that go by in pieces, however they are cut, without holding more of them than
// the longest thing it looks for.
//
// To refuse, nothing need be held back: a piece is handed on once it was looked at together
// with the end of what came before it. To mask, what may be the beginning of a find waits.

import type { Detector, Finding } from "./detector.ts"
import { maskFindings } from "./mask-findings.ts"

export interface StreamScan {
  /** The bytes that may be passed on now; a finding, when it is to be refused. */
  push(bytes: Uint8Array): ScannedPiece
  /** The rest. */
  end(): ScannedPiece
}

export type ScannedPiece =
  | { readonly outcome: "clean"; readonly bytes: Uint8Array }
  | { readonly outcome: "masked"; readonly bytes: Uint8Array; readonly findings: readonly Finding[] }
  | { readonly outcome: "found"; readonly finding: Finding }

const NOTHING = new Uint8Array(0)
/** A find may be longer than what makes it one: so much of it is masked as one. */
const MASK_HOLD = 8 * 1024

export function createStreamScan(detectors: readonly Detector[], mode: "block" | "redact"): StreamScan {
  return mode === "block" ? createBlockingScan(detectors) : createMaskingScan(detectors)
}

function createBlockingScan(detectors: readonly Detector[]): StreamScan {
  const overlap = mostOverlap(detectors)
  let tail: Uint8Array = NOTHING
  return {
    push(bytes) {
      // The seam is looked at on its own, so that a large piece is not copied for it.
      const seam = tail.length === 0 ? NOTHING : Buffer.concat([tail, bytes.subarray(0, overlap)])
      const finding = findFirst(detectors, seam) ?? findFirst(detectors, bytes)
      if (finding !== undefined) return { outcome: "found", finding }
      tail = lastOf(bytes.length >= overlap ? bytes : Buffer.concat([tail, bytes]), overlap)
      return { outcome: "clean", bytes }
    },
    end: () => ({ outcome: "clean", bytes: NOTHING }),
  }
}

function createMaskingScan(detectors: readonly Detector[]): StreamScan {
  const hold = Math.max(mostOverlap(detectors), MASK_HOLD)
  let held: Uint8Array = NOTHING

  function release(bytes: Uint8Array, keep: number): ScannedPiece {
    const findings = findAll(detectors, bytes)
    // A find that touches the end may continue: it is kept with all that follows.
    const open = keep === 0 ? undefined : findings.find(({ end }) => end > bytes.length - keep)
    const cut = Math.min(Math.max(0, bytes.length - keep), open?.start ?? bytes.length)
    const closed = findings.filter(({ end }) => end <= cut)
    maskFindings(bytes, closed)
    held = bytes.slice(cut)
    const out = bytes.subarray(0, cut)
    return closed.length === 0 ? { outcome: "clean", bytes: out } : { outcome: "masked", bytes: out, findings: closed }
  }

  return {
    push: (bytes) => release(held.length === 0 ? bytes.slice() : new Uint8Array(Buffer.concat([held, bytes])), hold),
    end: () => release(held, 0),
  }
}

function findFirst(detectors: readonly Detector[], bytes: Uint8Array): Finding | undefined {
  for (const detector of detectors) {
    const [finding] = detector.find(bytes)
    if (finding !== undefined) return finding
  }
  return undefined
}

function findAll(detectors: readonly Detector[], bytes: Uint8Array): readonly Finding[] {
  return detectors.flatMap((detector) => detector.find(bytes)).toSorted((a, b) => a.start - b.start)
}

function mostOverlap(detectors: readonly Detector[]): number {
  return Math.max(0, ...detectors.map(({ overlap }) => overlap))
}

function lastOf(bytes: Uint8Array, length: number): Uint8Array {
  return bytes.slice(Math.max(0, bytes.length - length))
}
