// Takes the real credential out of what comes back: an upstream may echo it in a header, a
// redirect or an error body.
//
//   INV-11  A real key never reaches the agent, plain, in base64 (also inside `user:key`),
//           in hex, escaped for a URL or for JSON.

import type { CredentialedRoute, Secret } from "@bot-bottle/contracts"

const REMOVED = "[removed by bot-bottle]"

/** Response headers with every occurrence of the secret replaced. The same object when there was none. */
export function scrubHeaders(route: CredentialedRoute, headers: Headers): Headers {
  const spellings = spellingsOf(route.secret)
  if (spellings === undefined) return headers
  let found = false
  const scrubbed = new Headers()
  // Appended one by one: `set-cookie` may stand several times and must not be joined.
  for (const [name, value] of headers) {
    const clean = value.replace(spellings, REMOVED)
    found ||= clean !== value
    scrubbed.append(name, clean)
  }
  return found ? scrubbed : headers
}

/** A decoded body (an error's, up to 64 KiB) with every occurrence of the secret replaced. The same object when there was none. */
export function scrubBody(route: CredentialedRoute, body: Uint8Array): Uint8Array {
  const spellings = spellingsOf(route.secret)
  if (spellings === undefined) return body
  // Latin-1 maps bytes to characters one to one, whatever the body's own encoding is.
  const text = Buffer.from(body.buffer, body.byteOffset, body.byteLength).toString("latin1")
  const clean = text.replace(spellings, REMOVED)
  return clean === text ? body : Buffer.from(clean, "latin1")
}

/** One expression for all spellings of a secret, built once: this runs for every response. */
const cache = new WeakMap<Secret, RegExp>()

function spellingsOf(secret: Secret | undefined): RegExp | undefined {
  if (secret === undefined) return undefined
  const known = cache.get(secret)
  if (known !== undefined) return known
  const text = secret.reveal()
  if (text === "") return undefined

  const bytes = Buffer.from(text, "utf8")
  const escaped = encodeURIComponent(text.toWellFormed())
  const spelled = [
    bytes.toString("latin1"),
    escaped,
    escaped.replace(/%[0-9A-F]{2}/g, (byte) => byte.toLowerCase()),
    JSON.stringify(text).slice(1, -1),
    bytes.toString("hex"),
    bytes.toString("hex").toUpperCase(),
    ...[0, 1, 2].flatMap((offset) => base64At(bytes, offset)),
  ]
  const longestFirst = [...new Set(spelled.flatMap((form) => [form, form.replaceAll("/", "\\/")]))]
    .filter((form) => form === spelled[0] || form.length >= MIN_ENCODED)
    .sort((a, b) => b.length - a.length)
  const expression = new RegExp(longestFirst.map((form) => RegExp.escape(form)).join("|"), "g")
  cache.set(secret, expression)
  return expression
}

/** Encodings of shorter fragments turn up by chance. */
const MIN_ENCODED = 8

/** The characters of a base64 text that depend on the secret alone when it begins `offset` bytes into a group of three. */
function base64At(bytes: Buffer, offset: number): string[] {
  const text = Buffer.concat([Buffer.alloc(offset), bytes])
    .toString("base64")
    .replace(/=+$/, "")
  const first = Math.ceil((offset * 8) / 6)
  const last = Math.floor(((offset + bytes.length) * 8) / 6)
  const stable = text.slice(first, last)
  return [stable, stable.replaceAll("+", "-").replaceAll("/", "_")]
}
