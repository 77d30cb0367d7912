// Counts the tokens that Claude's tokenizers make of a text.
//
// The tokenizers are not public. Others measured their rules with the provider's own counting
// endpoint (the data files name them). A text is split into runs of one kind. A word is written as
// an opening mark, its letters and a closing mark; a single space between two marks vanishes. A run
// costs the fewest pieces that spell it. No piece reaches over the end of a run, so runs are priced
// one by one, and the prices of short ones kept.

//
// Counting takes some tens of milliseconds a megabyte, so it is done in slices, and between them
// whatever else waits has its turn. A vocabulary is read when first asked for: no start waits
// for it, and a run rarely needs both.

import { createFoldTable, DROPPED, KIND, type Kind, kinds, learn, QUOTE, SPACE } from "./characters.ts"
import { CLOSED, createRunPrices, HASH_FACTOR, OPENED, type RunPrices } from "./run-prices.ts"
import { parseVocabulary } from "./vocabulary.ts"

/** By the first model that had it. */
export type TokenizerName = "claude-3" | "claude-4.7"

/** All texts together, each counted for itself. */
export async function countTokens(texts: Iterable<string>, name: TokenizerName): Promise<number> {
  const { folds, prices } = await loadTokenizer(name)
  let tokens = 0
  let sincePause = 0
  for (const text of texts) {
    for (let start = 0; start < text.length; ) {
      const end = endOfSlice(text, start)
      tokens += countRuns(fold(text.slice(start, end), folds), prices)
      sincePause += end - start
      if (sincePause >= SLICE_UNITS) {
        await othersHadTheirTurn()
        sincePause = 0
      }
      start = end
    }
  }
  return tokens
}

export function othersHadTheirTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}

const SLICE_UNITS = 16 * 1024

/** After a line's end where there is one, so that no word is cut. */
function endOfSlice(text: string, start: number): number {
  const end = start + SLICE_UNITS
  if (end >= text.length) return text.length
  const lineEnd = text.lastIndexOf("\n", end - 1) + 1
  return lineEnd > start + SLICE_UNITS / 2 ? lineEnd : end
}

interface Tokenizer {
  readonly folds: Uint16Array
  readonly prices: RunPrices
}

const loading = new Map<TokenizerName, Promise<Tokenizer>>()

function loadTokenizer(name: TokenizerName): Promise<Tokenizer> {
  const known = loading.get(name)
  if (known !== undefined) return known
  const begun = name === "claude-3" ? loadClaude3() : loadClaude47()
  loading.set(name, begun)
  return begun
}

async function loadClaude3(): Promise<Tokenizer> {
  const { default: data } = await import("./claude-3.txt", { with: { type: "text" } })
  const vocabulary = await parseVocabulary(data, othersHadTheirTurn)
  return { folds: createFoldTable({ foldsQuotes: true }), prices: createRunPrices(vocabulary, { leastCapitals: 4 }) }
}

async function loadClaude47(): Promise<Tokenizer> {
  const { default: data } = await import("./claude-4.7.txt", { with: { type: "text" } })
  const vocabulary = await parseVocabulary(data, othersHadTheirTurn)
  const noMarkForCapitals = { leastCapitals: Number.POSITIVE_INFINITY }
  return { folds: createFoldTable({ foldsQuotes: false }), prices: createRunPrices(vocabulary, noMarkForCapitals) }
}

/** The values read for each unit, two zeros after the last. */
function fold(text: string, folds: Uint16Array): Uint16Array {
  const whole = text.normalize("NFC")
  const units = new Uint16Array(whole.length + END_UNITS)
  let length = 0
  for (let at = 0; at < whole.length; at++) {
    const unit = whole.charCodeAt(at)
    const folded = folds[unit] ?? unit
    if (folded !== DROPPED || unit === DROPPED) units[length++] = folded
  }
  return units.subarray(0, length + END_UNITS)
}

const END_UNITS = 2

function countRuns(units: Uint16Array, prices: RunPrices): number {
  const length = units.length - END_UNITS
  let tokens = 0
  let kindBefore: Kind = KIND.unknown
  for (let start = 0; start < length; ) {
    let unit = units[start] ?? 0
    const kind = (kinds[unit] as Kind) || learn(unit)
    let hash = unit
    let end = start + 1
    for (; end < length; end++) {
      unit = units[end] ?? 0
      if (((kinds[unit] as Kind) || learn(unit)) !== kind) break
      hash = Math.imul(hash, HASH_FACTOR) + unit
    }
    if (kind === KIND.letter) tokens += prices.word(units, start, end, hash)
    else if (kind === KIND.blank) tokens += isSeam(start, end) ? 0 : prices.plain(units, start, end, hash)
    else if (kind === KIND.digit) tokens += prices.digits(end - start)
    else if (kind === KIND.lone) tokens += prices.lone(units, start, end)
    else {
      const contractionEnd = quotesWord(start, end) && !isSign(kindBefore) ? endOfContraction(end) : end
      if (contractionEnd > end) {
        tokens += prices.contraction(units, start, contractionEnd)
        kindBefore = KIND.letter
        start = contractionEnd
        continue
      }
      tokens += prices.signs(
        units,
        start,
        end,
        hash,
        (isOpened(start, end) ? OPENED : 0) | (isClosed(end) ? CLOSED : 0),
      )
    }
    kindBefore = kind
    start = end
  }
  return tokens

  // Signs carry a mark towards a space, unless it is one of several or the sign quotes a word.

  function isOpened(start: number, end: number): boolean {
    return start > 0 && units[start - 1] === SPACE && !quotesWord(start, end)
  }

  function isClosed(end: number): boolean {
    return units[end] === SPACE && units[end + 1] !== SPACE
  }

  function quotesWord(start: number, end: number): boolean {
    return units[start] === QUOTE && end === start + 1 && end < length && kindAt(units, end) === KIND.letter
  }

  /** A single space between two marks is not written. */
  function isSeam(start: number, end: number): boolean {
    if (end !== start + 1 || units[start] !== SPACE || end === length) return false
    if (kindBefore !== KIND.letter && !isSign(kindBefore)) return false
    const after = kindAt(units, end)
    return after === KIND.letter || (isSign(after) && !quotesWord(end, end + 1))
  }

  /** Where the `s` of `'s` ends; `start` itself when the word there is no such suffix. */
  function endOfContraction(start: number): number {
    const end = start + (kindAt(units, start + 1) === KIND.letter && start + 1 < length ? 2 : 1)
    if (end < length && kindAt(units, end) === KIND.letter) return start
    return CONTRACTED.has(String.fromCharCode(...units.subarray(start, end))) ? end : start
  }
}

const CONTRACTED = new Set(["s", "t", "d", "m", "ll", "re", "ve"])

function kindAt(units: Uint16Array, at: number): Kind {
  const unit = units[at] ?? 0
  return (kinds[unit] as Kind) || learn(unit)
}

function isSign(kind: Kind): boolean {
  return kind === KIND.punctuation || kind === KIND.symbol || kind === KIND.number
}
