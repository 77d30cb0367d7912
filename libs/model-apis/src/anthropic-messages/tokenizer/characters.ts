// One UTF-16 unit as the tokenizers see it: which run it belongs to, its lower case, and what is
// folded or dropped before anything else.
//
// Follows what was measured of them, Unicode property for property. A few dozen rare characters
// have rules of their own there and not here; the tests beside count-tokens.ts name what that costs.

export const KIND = {
  unknown: 0,
  /** Letters and the marks upon them, in alphabets and kana. Capitals count as letters: both make one word. */
  letter: 1,
  /** ASCII only. */
  digit: 2,
  /** ASCII, and a few signs that go with it. */
  punctuation: 3,
  blank: 4,
  /** Stands alone: Han, Hangul, what lies beyond the basic plane. */
  lone: 5,
  symbol: 6,
  /** Digits and numbers of other scripts. */
  number: 7,
} as const
export type Kind = (typeof KIND)[keyof typeof KIND]

/** By unit; `unknown` until `learn` was asked. */
export const kinds = new Uint8Array(0x10000)
/** By unit; the unit itself unless it is a capital with a lower case of one unit. */
export const lowers = new Uint16Array(0x10000)

export function learn(unit: number): Kind {
  const character = String.fromCharCode(unit)
  const kind = findKind(character)
  const lower = character.toLowerCase()
  const isCapital = kind === KIND.letter && lower.length === 1 && !UNCASED.has(character)
  kinds[unit] = kind
  lowers[unit] = isCapital ? lower.charCodeAt(0) : unit
  return kind
}

const ASCII_SIGN = /[!-/:-@[-`{-~]/
/** They share pieces with ASCII signs. Listed one by one: no property tells them from their neighbours. */
const SIGNS_LIKE_ASCII = new Set("—»«•°„–−£§€…√→（№†└│·─═█")
/** Roman numerals, circled letters and the like: words, though Unicode calls them numbers or symbols. */
const LETTER_LIKE = /[\u16ee-\u16f0\u2160-\u2188\u24b6-\u24e9\ua6e6-\ua6ef]/
const IDEOGRAPH =
  /[\u3005\u3006\u3031-\u3035\u303b\u303c\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7a3\ud800-\udfff\uf900-\ufaff]/
const IDEOGRAPHIC_SIGN = /[\u3001-\u303f]/
const VARIATION_SELECTOR = /[\ufe00-\ufe0f]/
/** Capitals whose lower case the tokenizers do not use. */
const UNCASED = new Set("\u03f4\u1e9e\u0130")

function findKind(character: string): Kind {
  if (/[0-9]/.test(character)) return KIND.digit
  if (ASCII_SIGN.test(character) || SIGNS_LIKE_ASCII.has(character)) return KIND.punctuation
  if (/[\t\n\p{Z}]/u.test(character)) return KIND.blank
  if (IDEOGRAPH.test(character)) return KIND.lone
  if (VARIATION_SELECTOR.test(character)) return KIND.symbol
  if (LETTER_LIKE.test(character) || /\p{L}/u.test(character)) return KIND.letter
  if (/\p{M}/u.test(character)) return /\p{Alphabetic}/u.test(character) ? KIND.letter : KIND.symbol
  if (/[\p{Nd}\p{No}]/u.test(character)) return KIND.number
  if (/[\p{P}\p{S}\p{Cf}\p{Cn}]/u.test(character) && !IDEOGRAPHIC_SIGN.test(character)) return KIND.symbol
  return KIND.lone
}

/** In `createFoldTable`'s answer: the unit costs nothing and its neighbours meet. */
export const DROPPED = 0xd800

/** By unit, what is read in its place. */
export function createFoldTable({ foldsQuotes }: { readonly foldsQuotes: boolean }): Uint16Array {
  const table = new Uint16Array(0x10000).map((_, unit) => unit)
  const fold = (first: number, last: number, to: number) => table.fill(to, first, last + 1)
  fold(0x01, 0x08, DROPPED)
  fold(0x0b, 0x1f, DROPPED)
  fold(0x7f, 0x9f, DROPPED)
  fold(0xe000, 0xf8ff, DROPPED)
  for (const space of "\0\u00a0\u1680\u2028\u2029\u202f\u205f") table[space.charCodeAt(0)] = SPACE
  fold(0x2000, 0x200a, SPACE)
  if (foldsQuotes) {
    fold(0x2018, 0x2019, QUOTE)
    fold(0x201c, 0x201d, 0x22)
  }
  return table
}

export const SPACE = 0x20
export const QUOTE = 0x27
