// Writes DER, the encoding certificates are made of. Only what this proxy mints: nothing is
// parsed here, so nothing foreign can reach it.

import type { KeyObject } from "node:crypto"

export type Der = Uint8Array<ArrayBuffer>

export function sequence(...parts: readonly Uint8Array[]): Der {
  return element(0x30, ...parts)
}

export function set(...parts: readonly Uint8Array[]): Der {
  return element(0x31, ...parts)
}

/** `tag` under [n] of a context: constructed when it wraps elements, primitive when it replaces a value's own tag. */
export function context(tag: number, form: "constructed" | "primitive", ...parts: readonly Uint8Array[]): Der {
  return element((form === "constructed" ? 0xa0 : 0x80) | tag, ...parts)
}

export function octets(...parts: readonly Uint8Array[]): Der {
  return element(0x04, ...parts)
}

export function utf8(text: string): Der {
  return element(0x0c, new TextEncoder().encode(text))
}

export function boolean(value: "true" | "false"): Der {
  return element(0x01, Uint8Array.of(value === "true" ? 0xff : 0))
}

export function bits(bytes: Uint8Array, unusedBits = 0): Der {
  return element(0x03, Uint8Array.of(unusedBits), bytes)
}

/** Big-endian and non-negative: a leading bit that would read as a sign gets a zero byte before it. */
export function integer(bytes: Uint8Array): Der {
  const first = bytes.findIndex((byte) => byte !== 0)
  const digits = first < 0 ? Uint8Array.of(0) : bytes.subarray(first)
  return (digits[0] ?? 0) & 0x80 ? element(0x02, Uint8Array.of(0), digits) : element(0x02, digits)
}

export function oid(dotted: string): Der {
  const [first = 0, second = 0, ...rest] = dotted.split(".").map(Number)
  return element(0x06, Uint8Array.from([first * 40 + second, ...rest.flatMap(base128)]))
}

/** RFC 5280 4.1.2.5: two-digit years through 2049, four-digit from then on. */
export function time(atMs: number): Der {
  const digits = `${new Date(atMs)
    .toISOString()
    .replace(/\.\d+Z$/, "")
    .replace(/[-:T]/g, "")}Z`
  const year = Number(digits.slice(0, 4))
  const ascii = new TextEncoder()
  return year < 2050 ? element(0x17, ascii.encode(digits.slice(2))) : element(0x18, ascii.encode(digits))
}

export function publicKeyInfo(key: KeyObject): Der {
  return new Uint8Array(key.export({ type: "spki", format: "der" }))
}

export function pem(label: string, bytes: Uint8Array): string {
  const lines =
    Buffer.from(bytes)
      .toString("base64")
      .match(/.{1,64}/g) ?? []
  return `-----BEGIN ${label}-----\n${lines.join("\n")}\n-----END ${label}-----\n`
}

function element(tag: number, ...parts: readonly Uint8Array[]): Der {
  const length = parts.reduce((sum, part) => sum + part.length, 0)
  const head = [tag, ...lengthBytes(length)]
  const whole = new Uint8Array(head.length + length)
  whole.set(head)
  let at = head.length
  for (const part of parts) {
    whole.set(part, at)
    at += part.length
  }
  return whole
}

function lengthBytes(length: number): readonly number[] {
  if (length < 0x80) return [length]
  const bytes: number[] = []
  for (let rest = length; rest > 0; rest >>>= 8) bytes.unshift(rest & 0xff)
  return [0x80 | bytes.length, ...bytes]
}

function base128(value: number): readonly number[] {
  const bytes = [value & 0x7f]
  for (let rest = value >>> 7; rest > 0; rest >>>= 7) bytes.unshift((rest & 0x7f) | 0x80)
  return bytes
}
