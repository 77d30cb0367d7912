// The cost of runs in one vocabulary. Prices of short runs are kept: a text is mostly the same few
// thousand words, and looking one up is much cheaper than finding its fewest pieces.

import { lowers } from "./characters.ts"
import { MARK, type Vocabulary } from "./vocabulary.ts"

/** `hash` is that of the run's units, from the first on: `hash = imul(hash, HASH_FACTOR) + unit`. */
export interface RunPrices {
  word(units: Uint16Array, start: number, end: number, hash: number): number
  /** An apostrophe and the letters that belong to the word before it. */
  contraction(units: Uint16Array, start: number, end: number): number
  /** `marks` are `OPENED`, `CLOSED`, both or none. */
  signs(units: Uint16Array, start: number, end: number, hash: number, marks: number): number
  plain(units: Uint16Array, start: number, end: number, hash: number): number
  /** Every group of up to three digits is a piece. */
  digits(length: number): number
  /** Each character for itself. */
  lone(units: Uint16Array, start: number, end: number): number
}

export const OPENED = 1
export const CLOSED = 2
export const HASH_FACTOR = 0x01000193

export interface CaseRules {
  /** A word of at least so many letters, all capitals, is written in lower case after a mark. */
  readonly leastCapitals: number
}

/** Longer runs are priced in parts, which can only cost more: it bounds what one text can demand. */
const LONGEST_PART = 1024

export function createRunPrices(vocabulary: Vocabulary, { leastCapitals }: CaseRules): RunPrices {
  const kept = createKeptPrices()
  let spelled = new Uint16Array(256)

  function room(length: number): void {
    if (spelled.length < length + 3) spelled = new Uint16Array(2 * length + 3)
  }

  function fewest(length: number): number {
    if (length <= LONGEST_PART) return vocabulary.fewest(spelled, length)
    let sum = 0
    for (let from = 0; from < length; from += LONGEST_PART) {
      const part = spelled.subarray(from, from + LONGEST_PART)
      sum += vocabulary.fewest(part, Math.min(LONGEST_PART, length - from))
    }
    return sum
  }

  function spellWord(units: Uint16Array, start: number, end: number): number {
    const length = end - start
    room(length)
    let capitals = 0
    for (let at = start; at < end; at++) if (lowers[units[at] ?? 0] !== units[at]) capitals++
    const allCapitals = capitals === length && length >= leastCapitals
    const isTitled = !allCapitals && capitals === 1 && lowers[units[start] ?? 0] !== units[start]
    let to = 0
    if (allCapitals) spelled[to++] = MARK.capitals
    if (isTitled) spelled[to++] = MARK.capital
    spelled[to++] = MARK.open
    for (let at = start; at < end; at++) {
      const unit = units[at] ?? 0
      spelled[to++] = allCapitals || isTitled ? (lowers[unit] ?? unit) : unit
    }
    spelled[to++] = MARK.close
    return fewest(to)
  }

  function spell(units: Uint16Array, start: number, end: number, marks: number): number {
    room(end - start)
    let to = 0
    if (marks & OPENED) spelled[to++] = MARK.open
    for (let at = start; at < end; at++) spelled[to++] = units[at] ?? 0
    if (marks & CLOSED) spelled[to++] = MARK.close
    return fewest(to)
  }

  function priceOf(units: Uint16Array, start: number, end: number, hash: number, form: number): number {
    if (end - start > KEPT_UNITS) return form === WORD ? spellWord(units, start, end) : spell(units, start, end, form)
    const known = kept.find(units, start, end, hash, form)
    if (known > 0) return known
    const price = form === WORD ? spellWord(units, start, end) : spell(units, start, end, form)
    kept.keep(units, start, end, hash, form, price)
    return price
  }

  return {
    word: (units, start, end, hash) => priceOf(units, start, end, hash, WORD),
    contraction: (units, start, end) => spell(units, start, end, CLOSED),
    signs: priceOf,
    plain: (units, start, end, hash) => priceOf(units, start, end, hash, 0),
    digits: (length) => Math.ceil(length / 3),
    lone(units, start, end) {
      let sum = 0
      for (let at = start; at < end; at++) {
        const unit = units[at] ?? 0
        const isPair = unit >= 0xd800 && unit < 0xdc00 && at + 1 < end
        sum += isPair ? vocabulary.single(unit, units[++at]) : vocabulary.single(unit)
      }
      return sum
    },
  }
}

/** Next to the marks of signs, the third form of a run. */
const WORD = 4

const KEPT_RUNS = 1 << 14
const KEPT_UNITS = 24

/** One place for each hash; a run that comes later takes the place of the one there. */
function createKeptPrices() {
  const runs = new Uint16Array(KEPT_RUNS * KEPT_UNITS)
  /** Length and form; 0 for an empty place. */
  const shapes = new Uint8Array(KEPT_RUNS)
  const prices = new Uint8Array(KEPT_RUNS)

  function placeOf(hash: number, shape: number): number {
    const mixed = Math.imul(hash ^ shape, 0x9e3779b1)
    return (mixed >>> 16) & (KEPT_RUNS - 1)
  }

  return {
    /** 0 when it is not there. */
    find(units: Uint16Array, start: number, end: number, hash: number, form: number): number {
      const shape = ((end - start) << 3) | form
      const place = placeOf(hash, shape)
      if (shapes[place] !== shape) return 0
      for (let at = start, to = place * KEPT_UNITS; at < end; at++, to++) if (runs[to] !== units[at]) return 0
      return prices[place] ?? 0
    },
    keep(units: Uint16Array, start: number, end: number, hash: number, form: number, price: number): void {
      const shape = ((end - start) << 3) | form
      const place = placeOf(hash, shape)
      shapes[place] = shape
      prices[place] = price
      for (let at = start, to = place * KEPT_UNITS; at < end; at++, to++) runs[to] = units[at] ?? 0
    },
  }
}
