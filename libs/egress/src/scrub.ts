// Takes the real credential out of what comes back: an upstream may echo it in a status line, a
// header or a body of any status.
//
//   INV-11  A real key never reaches the agent: plain, in base64 (also inside `user:key`), in hex,
//           escaped for a URL or for JSON, in a line, a name, or a body that arrives in pieces.

import type { Secret } from "@bot-bottle/contracts"
import type { Finding } from "./dlp/detector.ts"
import { createFormsDetector } from "./dlp/known-secrets.ts"
import { type SecretForm, wholeForms } from "./dlp/secret-forms.ts"

export interface Scrubber {
  /** True when these lines hold it in some form. Almost always false: asked first. */
  isIn(lines: readonly string[]): boolean
  /** The line without it; undefined when it stands in the name. */
  scrubLine(line: string): string | undefined
  openStream(): ScrubStream
}

/** The payload of one body, piece by piece. Its length stays: each byte of a find becomes a `*`. */
export interface ScrubStream {
  /**
   * The bytes that may be passed on. Only what could be the beginning of a find waits for the next
   * piece. Changes the bytes in place.
   */
  push(bytes: Uint8Array): Uint8Array
  /** The bytes that waited. */
  end(): Uint8Array
  /** True once there was a find. */
  readonly hasFound: boolean
  /** So many bytes wait: they may be the beginning of a find. */
  readonly waitingBytes: number
}

const REMOVED = "[removed by bot-bottle]"
const MASK = 0x2a
const NOTHING = new Uint8Array(0)
/** Encodings of shorter fragments turn up by chance. */
const MIN_ENCODED = 8

/** Made once for a credential: this runs for every answer. */
const known = new WeakMap<Secret, Scrubber>()

/** Undefined where there is nothing to look for. */
export function scrubberOf(secret: Secret | undefined): Scrubber | undefined {
  if (secret === undefined) return undefined
  const made = known.get(secret)
  if (made !== undefined) return made
  const text = secret.reveal()
  if (text === "") return undefined
  const scrubber = createScrubber(text)
  known.set(secret, scrubber)
  return scrubber
}

function createScrubber(text: string): Scrubber {
  const plain = Buffer.from(text, "utf8").toString("latin1")
  const spellings = [
    ...new Set([plain, ...wholeForms(plain).map(({ bytes }) => Buffer.from(bytes).toString("latin1"))]),
  ]
    .filter((form) => form === plain || form.length >= MIN_ENCODED)
    .sort((a, b) => b.length - a.length)
  const expression = spellings.map((form) => RegExp.escape(form)).join("|")
  const once = new RegExp(expression)
  const all = new RegExp(expression, "g")
  // Names are read without their case, and written in another.
  const inName = new RegExp(expression, "i")
  const shortest = Math.min(...spellings.map(({ length }) => length))
  const find = createFind(plain, spellings)
  const openings = openingsOf(spellings)

  const isInText = (line: string): boolean => once.test(line) || (line.includes("%") && once.test(decodePercents(line)))

  return {
    isIn(lines) {
      const bytes = Buffer.from(lines.join("\n"), "latin1")
      if (find(bytes).length > 0) return true
      return lines.some((line) => {
        const colon = line.indexOf(":")
        return (line.includes("%") && isInText(line)) || (colon >= shortest && inName.test(line.slice(0, colon)))
      })
    },
    scrubLine(line) {
      const colon = line.indexOf(":")
      if (colon > 0 && inName.test(line.slice(0, colon))) return undefined
      const clean = line.replace(all, REMOVED)
      // Escaped in a way that no whole spelling is: the value as a whole has to go.
      return isInText(clean) ? `${line.slice(0, colon + 1)} ${REMOVED}` : clean
    },
    openStream: () => createStream(find, openings),
  }
}

type Find = (bytes: Uint8Array) => readonly Pick<Finding, "start" | "end">[]

function createFind(plain: string, spellings: readonly string[]): Find {
  if (plain.length < MIN_ENCODED) return (bytes) => findShort(bytes, plain)
  return createFormsDetector(spellings.map((spelling) => formOf(spelling))).find
}

function formOf(spelling: string): SecretForm {
  const bytes = Buffer.from(spelling, "latin1")
  return { bytes, least: bytes.length, mask: MASK, monotonous: false }
}

function findShort(bytes: Uint8Array, plain: string): { start: number; end: number }[] {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length)
  const found: { start: number; end: number }[] = []
  for (let at = buffer.indexOf(plain, 0, "latin1"); at !== -1; at = buffer.indexOf(plain, at + plain.length, "latin1"))
    found.push({ start: at, end: at + plain.length })
  return found
}

interface Openings {
  /** By first byte. */
  readonly forms: ReadonlyMap<number, readonly Uint8Array[]>
  /** 1 for each byte that stands anywhere in a form. */
  readonly letters: Uint8Array
  readonly longest: number
}

function openingsOf(spellings: readonly string[]): Openings {
  const forms = new Map<number, Uint8Array[]>()
  const letters = new Uint8Array(256)
  for (const spelling of spellings) {
    const bytes = Buffer.from(spelling, "latin1")
    for (const byte of bytes) letters[byte] = 1
    const first = bytes[0] as number
    forms.set(first, [...(forms.get(first) ?? []), bytes])
  }
  return { forms, letters, longest: Math.max(...spellings.map(({ length }) => length)) }
}

function createStream(find: Find, openings: Openings): ScrubStream {
  let held: Uint8Array = NOTHING
  let hasFound = false
  return {
    push(piece) {
      const bytes = held.length === 0 ? piece : Buffer.concat([held, piece])
      for (const { start, end } of find(bytes)) {
        bytes.fill(MASK, start, end)
        hasFound = true
      }
      const cut = openingAt(bytes, openings)
      held = cut === bytes.length ? NOTHING : bytes.slice(cut)
      return cut === bytes.length ? bytes : bytes.subarray(0, cut)
    },
    end() {
      const rest = held
      held = NOTHING
      return rest
    },
    get hasFound() {
      return hasFound
    },
    get waitingBytes() {
      return held.length
    },
  }
}

/** Where the longest end of these bytes begins that is the beginning of a form; their length when there is none. */
function openingAt(bytes: Uint8Array, { forms, letters, longest }: Openings): number {
  const least = Math.max(0, bytes.length - longest + 1)
  let from = bytes.length
  // An opening reaches to the end, so no byte behind it is foreign to all forms. An event ends with such a byte.
  while (from > least && letters[bytes[from - 1] as number] === 1) from--
  for (let at = from; at < bytes.length; at++) {
    const candidates = forms.get(bytes[at] as number)
    if (candidates?.some((form) => isOpening(bytes, at, form))) return at
  }
  return bytes.length
}

function isOpening(bytes: Uint8Array, at: number, form: Uint8Array): boolean {
  const length = bytes.length - at
  if (length >= form.length) return false
  for (let index = 1; index < length; index++) if (bytes[at + index] !== form[index]) return false
  return true
}

/** Lenient, as clients are. */
function decodePercents(text: string): string {
  return text.replace(/%([0-9a-f]{2})/gi, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)))
}
