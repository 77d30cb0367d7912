// One vocabulary: the pieces that are one token each, and the fewest of them that spell a run.
//
// A prefix tree in flat arrays: tens of thousands of pieces in a few megabytes, walked without
// making an object.

/** Code units that stand for what the tokenizer writes into a text. Never letters: halves of surrogate pairs. */
export const MARK = { open: 0xd800, close: 0xd801, capital: 0xd802, capitals: 0xd803 } as const

export interface Vocabulary {
  /** The fewest tokens that spell the first `length` units. Every unit has a price, so there is always one. */
  fewest(units: Uint16Array, length: number): number
  /** A character on its own; two units for one beyond the basic plane. */
  single(first: number, second?: number): number
}

/** `text` is one of the data files beside this one. `pause` lets others have their turn while it is read. */
export async function parseVocabulary(text: string, pause: () => Promise<void>): Promise<Vocabulary> {
  const piecesStart = text.indexOf("\n\n") + 2
  const piecesEnd = text.indexOf("\n\n", piecesStart) + 1
  const tree = createTree(piecesEnd - piecesStart)
  /** Nodes of the piece before, by their distance from its start. */
  const path = new Int32Array(MAX_PIECE_UNITS)
  for (let at = piecesStart, pieces = 0; at < piecesEnd; pieces++) {
    if (pieces % PIECES_AT_ONCE === 0) await pause()
    let length = SHARED.indexOf(text[at++] ?? "")
    let node = path[length] ?? 0
    for (let unit = text.charCodeAt(at++); unit !== LINE_END; unit = text.charCodeAt(at++)) {
      if (unit === BACKSLASH) unit = ESCAPED[text[at++] ?? ""] ?? BACKSLASH
      else if (unit >= FIRST_NOTED) unit = NOTED.get(unit) ?? unit
      node = tree.grow(node, unit)
      path[++length] = node
    }
    tree.end(node)
  }
  return createVocabulary(tree, new Set(text.slice(piecesEnd).split("\n")))
}

/** How many units a piece shares with the one before it. */
const SHARED = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
const PIECES_AT_ONCE = 4_000
/** With marks. */
const MAX_PIECE_UNITS = 64
const NO_PATH = 0xffffffff
const LINE_END = 10
const BACKSLASH = 92
const ESCAPED: Readonly<Record<string, number>> = { n: 10, t: 9 }
const FIRST_NOTED = 0x21e7
const NOTED: ReadonlyMap<number, number> = new Map([
  [0x27e8, MARK.open],
  [0x27e9, MARK.close],
  [0x21e7, MARK.capital],
  [0x21ea, MARK.capitals],
])

function createVocabulary(tree: Tree, prefixes: ReadonlySet<string>): Vocabulary {
  const prices = new Uint8Array(0x10000)
  let best = new Uint32Array(256)

  function single(first: number, second?: number): number {
    if (second !== undefined) return bytesPrice(String.fromCharCode(first, second), prefixes)
    const known = prices[first] ?? 0
    if (known > 0) return known
    const isMark = first >= MARK.open && first <= MARK.capitals
    const price = isMark || tree.ends(tree.step(0, first)) ? 1 : bytesPrice(String.fromCharCode(first), prefixes)
    prices[first] = price
    return price
  }

  return {
    single,
    fewest(units, length) {
      if (best.length <= length) best = new Uint32Array(2 * length)
      best.fill(NO_PATH, 0, length + 1)
      best[0] = 0
      for (let start = 0; start < length; start++) {
        const spent = best[start] ?? 0
        const alone = spent + single(units[start] ?? 0)
        if (alone < (best[start + 1] ?? 0)) best[start + 1] = alone
        let node = tree.step(0, units[start] ?? 0)
        for (let end = start + 1; node !== 0; end++) {
          if (tree.ends(node) && spent + 1 < (best[end] ?? 0)) best[end] = spent + 1
          if (end === length) break
          node = tree.step(node, units[end] ?? 0)
        }
        // Nothing is cheaper than the whole run as one piece.
        if (start === 0 && best[length] === 1) return 1
      }
      return best[length] ?? 0
    },
  }
}

/** Text that no piece spells costs its UTF-8 bytes, of which some beginnings are one token. */
function bytesPrice(character: string, prefixes: ReadonlySet<string>): number {
  const hex = Buffer.from(character).toString("hex")
  const best = [0]
  for (let end = 1; end <= hex.length / 2; end++) {
    best[end] = 1 + (best[end - 1] ?? 0)
    for (let start = 0; start < end; start++) {
      if (prefixes.has(hex.slice(2 * start, 2 * end))) best[end] = Math.min(best[end] ?? 0, 1 + (best[start] ?? 0))
    }
  }
  return best.at(-1) ?? 0
}

interface Tree {
  /** The node one unit further, made when there is none; 0 is the root. */
  grow(node: number, unit: number): number
  /** A piece ends here. */
  end(node: number): void
  /** The node one unit further, 0 for none. */
  step(node: number, unit: number): number
  ends(node: number): boolean
}

const LETTER_BITS = 12

/** A hash table from (node, letter) to node. `size` is the length of all pieces together. */
function createTree(size: number): Tree {
  const slots = 2 ** Math.ceil(Math.log2(Math.max(size, 1024)))
  /** Key and node side by side, for one look into memory. */
  const table = new Int32Array(2 * slots)
  const endings = new Uint8Array(slots)
  // Units that occur in pieces, numbered from 1 so that node and letter fit into one key.
  const letters = new Uint16Array(0x10000)
  let lastLetter = 0
  let lastNode = 0

  function placeOf(key: number): number {
    let place = ((Math.imul(key, 0x9e3779b1) >>> 10) & (slots - 1)) << 1
    while (table[place] !== 0 && table[place] !== key) place = (place + 2) & (2 * slots - 1)
    return place
  }

  return {
    grow(node, unit) {
      if (letters[unit] === 0) letters[unit] = ++lastLetter
      const key = (node << LETTER_BITS) | (letters[unit] ?? 0)
      const place = placeOf(key)
      if (table[place] === 0) {
        table[place] = key
        table[place + 1] = ++lastNode
      }
      return table[place + 1] ?? 0
    },
    end(node) {
      endings[node] = 1
    },
    step(node, unit) {
      const letter = letters[unit] ?? 0
      return letter === 0 ? 0 : (table[placeOf((node << LETTER_BITS) | letter) + 1] ?? 0)
    },
    ends: (node) => endings[node] === 1,
  }
}
