// Counts the tokens that OpenAI's tokenizers make of a text.
//
// A text is split into words by the tokenizer's published pattern, and a word's bytes are joined,
// the earliest learnt pair first, until no two neighbours make a token. Joining takes the square
// of a word's length, so a word without an end is counted in parts; that can only add tokens.
//
// Done in slices, and between them whatever else waits has its turn. A vocabulary comes with
// gpt-tokenizer and is read when first asked for: no start waits for it.

import { NO_RANK, parseVocabulary, type Vocabulary } from "./vocabulary.ts"

export type TokenizerName = "o200k" | "cl100k"

/**
 * All texts together, each counted for itself. Text that looks like a control token counts as text,
 * as it does to the provider.
 */
export async function countTokens(texts: Iterable<string>, name: TokenizerName): Promise<number> {
  const tokenizer = await loadTokenizer(name)
  let tokens = 0
  let sincePause = 0
  for (const text of texts) {
    for (let start = 0; start < text.length; ) {
      const end = endOfSlice(text, start)
      const counted = countSlice(text.slice(start, end), tokenizer)
      tokens += counted.tokens
      sincePause += counted.work
      if (sincePause >= WORK_AT_ONCE) {
        await othersHadTheirTurn()
        sincePause = 0
      }
      start = end
    }
  }
  return tokens
}

interface Tokenizer {
  readonly words: RegExp
  readonly vocabulary: Vocabulary
  /** Tokens of words that had to be joined, by word. */
  readonly joined: Map<string, number>
}

const SLICE_UNITS = 4 * 1024
/** In steps of joining; a unit that is only looked at is one. */
const WORK_AT_ONCE = 64 * 1024
const MAX_WORD_BYTES = 192
const MAX_REMEMBERED = 50_000
const MAX_REMEMBERED_UNITS = 32

function countSlice(slice: string, { words, vocabulary, joined }: Tokenizer) {
  let tokens = 0
  let work = slice.length
  for (const [word] of slice.matchAll(words)) {
    const known = joined.get(word)
    if (known !== undefined) {
      tokens += known
      continue
    }
    const bytes = encoder.encode(word)
    let ofWord = 0
    for (let start = 0; start < bytes.length; start += MAX_WORD_BYTES) {
      const end = Math.min(bytes.length, start + MAX_WORD_BYTES)
      ofWord += countPieces(bytes, start, end, vocabulary)
      work += (end - start) ** 2
    }
    tokens += ofWord
    if (word.length > MAX_REMEMBERED_UNITS) continue
    if (joined.size >= MAX_REMEMBERED) joined.clear()
    joined.set(word, ofWord)
  }
  return { tokens, work }
}

const encoder = new TextEncoder()
const ends = new Int32Array(MAX_WORD_BYTES)
/** Of a piece joined with the next one. */
const ranks = new Int32Array(MAX_WORD_BYTES)

/** `end - start` is at most MAX_WORD_BYTES. */
function countPieces(bytes: Uint8Array, start: number, end: number, { rankOf }: Vocabulary): number {
  if (rankOf(bytes, start, end) !== NO_RANK) return 1
  let pieces = end - start
  const startOf = (piece: number) => (piece === 0 ? start : (ends[piece - 1] ?? end))
  const rankWithNext = (piece: number) =>
    piece + 1 < pieces ? rankOf(bytes, startOf(piece), ends[piece + 1] ?? end) : NO_RANK
  for (let piece = 0; piece < pieces; piece++) ends[piece] = start + piece + 1
  for (let piece = 0; piece < pieces; piece++) ranks[piece] = rankWithNext(piece)
  for (;;) {
    let earliest = NO_RANK
    let joining = -1
    for (let piece = 0; piece < pieces - 1; piece++) {
      const rank = ranks[piece] ?? NO_RANK
      if (rank < earliest) {
        earliest = rank
        joining = piece
      }
    }
    if (joining === -1) return pieces
    ends.copyWithin(joining, joining + 1, pieces)
    ranks.copyWithin(joining + 1, joining + 2, pieces)
    pieces--
    ranks[joining] = rankWithNext(joining)
    if (joining > 0) ranks[joining - 1] = rankWithNext(joining - 1)
  }
}

/** After a line's end where there is one, so that no word is cut. */
function endOfSlice(text: string, start: number): number {
  const end = start + SLICE_UNITS
  if (end >= text.length) return text.length
  const lineEnd = text.lastIndexOf("\n", end - 1) + 1
  if (lineEnd > start + SLICE_UNITS / 2) return lineEnd
  const isPair = (text.charCodeAt(end - 1) & 0xfc00) === 0xd800
  return isPair ? end - 1 : end
}

function othersHadTheirTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}

const loading = new Map<TokenizerName, Promise<Tokenizer>>()

function loadTokenizer(name: TokenizerName): Promise<Tokenizer> {
  const known = loading.get(name)
  if (known !== undefined) return known
  const begun = name === "o200k" ? loadO200k() : loadCl100k()
  loading.set(name, begun)
  return begun
}

async function loadO200k(): Promise<Tokenizer> {
  const { default: data } = await import("gpt-tokenizer/data/o200k_base.tiktoken", { with: { type: "text" } })
  return { words: O200K_WORDS, vocabulary: await parseVocabulary(data, othersHadTheirTurn), joined: new Map() }
}

async function loadCl100k(): Promise<Tokenizer> {
  const { default: data } = await import("gpt-tokenizer/data/cl100k_base.tiktoken", { with: { type: "text" } })
  return { words: CL100K_WORDS, vocabulary: await parseVocabulary(data, othersHadTheirTurn), joined: new Map() }
}

// As tiktoken publishes them, with its possessive and case-insensitive parts spelled out.
const UPPER = String.raw`\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}`
const LOWER = String.raw`\p{Ll}\p{Lm}\p{Lo}\p{M}`
const ENDING = "'(?:[sS]|[tT]|[rR][eE]|[vV][eE]|[mM]|[lL][lL]|[dD])"
const BEFORE_WORD = String.raw`[^\r\n\p{L}\p{N}]?`
const O200K_WORDS = new RegExp(
  [
    `${BEFORE_WORD}[${UPPER}]*[${LOWER}]+(?:${ENDING})?`,
    `${BEFORE_WORD}[${UPPER}]+[${LOWER}]*(?:${ENDING})?`,
    String.raw`\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+|\s+(?!\S)|\s+`,
  ].join("|"),
  "gu",
)
const CL100K_WORDS = new RegExp(
  String.raw`${ENDING}|${BEFORE_WORD}\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+`,
  "gu",
)
