// The forms in which a credential may stand in what leaves: as it is, encoded, reversed, or
// any fragment of it that is long enough to be no accident.
//
// Parts that are not secret are not searched for: parts that all credentials of a kind share
// (`public-parts.ts`), fragments that read as words, and texts shorter than `MIN_SECRET`.

import { rareEscapes, usualEscapes } from "./escaped-forms.ts"
import { tellingParts, withoutPublicParts } from "./public-parts.ts"

export interface SecretForm {
  readonly bytes: Uint8Array
  /** So many bytes of it in a row are a match. */
  readonly least: number
  /** The replacement for a byte of it: it fits wherever the form itself stood. */
  readonly mask: number
  /** Few different bytes, such as `%` and digits: short pieces of it stand everywhere. */
  readonly monotonous: boolean
}

export const MIN_SECRET = 8
export const MIN_FRAGMENT = 12
/** A private key holds numbers between its secrets that are in every other: `AgMBAAECggEA`. */
const MIN_KEY_FRAGMENT = 24
/** A credential with less than this beside its public head is looked for whole or not at all. */
const MIN_FRAGMENTED = 16
/** Longer ones are private keys in one line; this much of one is enough to know it by. */
const MAX_LOOKED_AT = 4096

export function secretForms(secret: string): readonly SecretForm[] {
  if (secret.length < MIN_SECRET) return []
  const body = withoutPublicParts(secret)
  if (body.length < MIN_FRAGMENTED) return formsOf(secret, secret.length)
  const text = body.slice(0, MAX_LOOKED_AT)
  const least = secret.startsWith("-----") ? MIN_KEY_FRAGMENT : MIN_FRAGMENT
  const parts = tellingParts(text, least)
  const isCovered = parts.length === 1 && parts[0] === text
  return [...parts.flatMap((part) => formsOf(part, least)), ...(isCovered ? [] : formsOf(text, text.length))]
}

/** The same forms, to be found whole. */
export function wholeForms(text: string): readonly SecretForm[] {
  return formsOf(text, text.length)
}

/** `least`: so many characters of the text in a row. */
function formsOf(text: string, least: number): readonly SecretForm[] {
  const forms = new Map<string, SecretForm>()
  const add = (form: string, perCharacter: number, mask: string, monotonous = false): void => {
    const bytes = Buffer.from(form, "latin1")
    const leastBytes = Math.min(bytes.length, Math.floor(least * perCharacter))
    if (leastBytes < MIN_SECRET || forms.has(form)) return
    forms.set(form, { bytes, least: leastBytes, mask: mask.charCodeAt(0), monotonous })
  }

  const bytes = Buffer.from(text, "latin1")
  const wide = Buffer.from(text, "utf16le")
  add(text, 1, "*")
  for (const escaped of usualEscapes(text)) add(escaped, 1, "*")
  if (least >= text.length) for (const escaped of rareEscapes(text)) add(escaped, escaped.length, "*")
  add([...text].reverse().join(""), 1, "*")
  add(wide.toString("latin1"), 2, "*")
  for (const packed of [...base64Forms(bytes), ...base64Forms(wide)]) add(packed, 4 / 3, "A")
  for (const hex of hexForms(bytes)) add(hex, 2, "0", true)
  for (const pairs of hexPairs(bytes).flatMap(spell))
    for (const gap of [" ", ":", ","]) add(pairs.join(gap), 3, "0", true)
  for (const pairs of hexPairs(bytes).flatMap(spell))
    for (const [opening, closing] of BYTE_ESCAPES)
      add(pairs.map((pair) => `${opening}${pair}${closing}`).join(""), opening.length + 2 + closing.length, "*", true)
  return [...forms.values()]
}

const BYTE_ESCAPES = [
  ["%", ""],
  ["\\x", ""],
  ["\\u00", ""],
  ["0x", ""],
  ["&#x", ";"],
] as const

/** For each place in a group of three at which it may begin: the characters that depend on the bytes alone. */
function base64Forms(bytes: Buffer): readonly string[] {
  return [0, 1, 2].flatMap((offset) => {
    const padded = Buffer.concat([Buffer.alloc(offset), bytes])
      .toString("base64")
      .replace(/=+$/, "")
    const stable = padded.slice(Math.ceil((offset * 8) / 6), Math.floor(((offset + bytes.length) * 8) / 6))
    return [stable, stable.replaceAll("+", "-").replaceAll("/", "_"), stable.replaceAll("/", "\\/")]
  })
}

/** In one piece, and in groups of four as `xxd` prints them. */
function hexForms(bytes: Buffer): readonly string[] {
  const hex = bytes.toString("hex")
  const grouped = [0, 2].map((start) => hex.slice(start).replace(/.{4}(?=.)/g, "$& "))
  return [hex, ...grouped].flatMap((form) => [form, form.toUpperCase()])
}

function hexPairs(bytes: Buffer): readonly (readonly string[])[] {
  return [bytes.toString("hex").match(/../g) ?? []]
}

function spell(pairs: readonly string[]): readonly (readonly string[])[] {
  return [pairs, pairs.map((pair) => pair.toUpperCase())]
}
