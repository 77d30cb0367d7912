// Finds the host's own credentials in bytes that are about to leave, in any of their forms and any
// fragment of one. The cost does not depend on how many there are.
//
// Every match is at least `least` bytes long, so looking at four bytes in every `stride` finds all
// of them. Those four are looked up in a table of all the four-byte pieces of all forms, and are
// almost never in it. That reads less than half of the text and keeps a table of a few kilobytes,
// where an automaton over every fragment would keep megabytes.
//
//   INV-110  No credential the proxy holds leaves in a request, a message or an address of a
//            route that is looked into: not whole, not encoded, not in fragments of 12 characters.

import type { Secret } from "@bot-bottle/contracts"
import type { Detector, Finding } from "./detector.ts"
import { type SecretForm, secretForms } from "./secret-forms.ts"

export const KNOWN_SECRETS = "known_secrets"

const PIECE = 4
/** Pieces of four of a monotonous form are in every text of its kind; so many bytes of it are not. */
const LONG_PIECE = 12
const FILTER_BITS = 18
/** A text made of the beginnings of forms takes 60 ms a megabyte; any other, one. */
const SLICE_BYTES = 256 * 1024
/** The most of one piece in one form: a credential of one letter must not be compared a hundred times over. */
const MAX_PLACES = 8

interface Place {
  readonly form: SecretForm
  readonly offset: number
}

/** Undefined when there is nothing to look for. */
export function createKnownSecrets(secrets: readonly Secret[]): Detector | undefined {
  const forms = [...new Set(secrets.map((secret) => secret.reveal()))].flatMap(secretForms)
  return forms.length === 0 ? undefined : createFormsDetector(forms)
}

/** Finds any of these forms. Not to be called without one. */
export function createFormsDetector(forms: readonly SecretForm[]): Detector {
  const stride = Math.min(...forms.map(({ least, monotonous }) => least + 1 - (monotonous ? LONG_PIECE : PIECE)))
  const filter = new Uint8Array(2 ** FILTER_BITS)
  const places = new Map<number, Place[]>()
  const longPlaces = new Map<number, Place[]>()

  for (const form of forms) {
    const { bytes, monotonous } = form
    const [length, table] = monotonous ? [LONG_PIECE, longPlaces] : [PIECE, places]
    const counted = new Map<number, number>()
    for (let offset = 0; offset + length <= bytes.length; offset++) {
      const key = monotonous ? hashLong(bytes, offset) : readPiece(bytes, offset)
      const count = counted.get(key) ?? 0
      if (count >= MAX_PLACES) continue
      counted.set(key, count + 1)
      filter[filterSlot(readPiece(bytes, offset))] = 1
      const known = table.get(key)
      if (known === undefined) table.set(key, [{ form, offset }])
      else known.push({ form, offset })
    }
  }

  function findAt(bytes: Uint8Array, at: number): Finding | undefined {
    const short = longestAt(bytes, at, places.get(readPiece(bytes, at)))
    if (short !== undefined || longPlaces.size === 0 || at + LONG_PIECE > bytes.length) return short
    return longestAt(bytes, at, longPlaces.get(hashLong(bytes, at)))
  }

  function find(bytes: Uint8Array): readonly Finding[] {
    let findings: Finding[] | undefined
    const last = bytes.length - PIECE
    for (let at = 0; at <= last; at += stride) {
      if (filter[filterSlot(readPiece(bytes, at))] === 0) continue
      const finding = findAt(bytes, at)
      if (finding === undefined) continue
      const previous = findings?.at(-1)
      // Found from further left, its beginning may have been cut off by the one before.
      findings ??= []
      findings.push(previous === undefined ? finding : { ...finding, start: Math.max(finding.start, previous.end) })
      at = Math.max(at, finding.end - stride)
    }
    return findings ?? []
  }

  return { overlap: Math.max(...forms.map(({ least }) => least)) - 1, sliceBytes: SLICE_BYTES, find }
}

function longestAt(bytes: Uint8Array, at: number, places: readonly Place[] | undefined): Finding | undefined {
  let found: Finding | undefined
  for (const { form, offset } of places ?? []) {
    const spell = form.bytes
    let left = 0
    while (left < offset && left < at && bytes[at - left - 1] === spell[offset - left - 1]) left++
    let right = 0
    while (offset + right < spell.length && at + right < bytes.length && bytes[at + right] === spell[offset + right])
      right++
    const length = left + right
    if (length < form.least || (found !== undefined && found.end - found.start >= length)) continue
    found = { start: at - left, end: at + right, mask: form.mask, detector: KNOWN_SECRETS }
  }
  return found
}

/** Bytes beyond the end count as 0, and are never part of a match. */
function readPiece(bytes: Uint8Array, at: number): number {
  return (
    (bytes[at] as number) |
    ((bytes[at + 1] as number) << 8) |
    ((bytes[at + 2] as number) << 16) |
    ((bytes[at + 3] as number) << 24)
  )
}

function hashLong(bytes: Uint8Array, at: number): number {
  const mixed = Math.imul(readPiece(bytes, at), 0x9e3779b1) ^ Math.imul(readPiece(bytes, at + 4), 0x85ebca6b)
  return mixed ^ Math.imul(readPiece(bytes, at + 8), 0xc2b2ae35)
}

function filterSlot(piece: number): number {
  return Math.imul(piece, 0x9e3779b1) >>> (32 - FILTER_BITS)
}
