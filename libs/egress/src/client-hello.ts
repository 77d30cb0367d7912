// Reads the server name out of a TLS ClientHello. Pure; never more than 16 KiB.
//
// Called with the bytes so far, as often as more arrive. A hello may span several records.
// `not-tls` also covers a hello that breaks TLS: whoever sent it, the tunnel closes.

export type ClientHello =
  | { readonly kind: "incomplete" }
  | { readonly kind: "not-tls" }
  | {
      readonly kind: "hello"
      /** As sent, printable ASCII; canonical only after parseHostname. */
      readonly serverName: string | undefined
      /** An encrypted inner hello may name another host; browsers also send a dummy. Do not pass it through. */
      readonly encryptedHello: boolean
    }

const MAX_HELLO = 16 * 1024
const HANDSHAKE_RECORD = 0x16
const CLIENT_HELLO = 1
const SERVER_NAME = 0
const ENCRYPTED_CLIENT_HELLO = 0xfe0d

export function readClientHello(bytes: Uint8Array): ClientHello {
  const handshake = joinRecords(bytes)
  if (handshake === undefined) return { kind: "not-tls" }

  const whole = helloLength(handshake)
  if (whole === undefined || whole > MAX_HELLO) return { kind: "not-tls" }
  if (handshake.length < whole) return bytes.length >= MAX_HELLO ? { kind: "not-tls" } : { kind: "incomplete" }
  try {
    return readHello(new Reader(handshake.subarray(4, whole)))
  } catch (error) {
    if (error instanceof RangeError) return { kind: "not-tls" }
    throw error
  }
}

/** Payload of the handshake records so far. Undefined as soon as anything else is seen. */
function joinRecords(bytes: Uint8Array): Uint8Array | undefined {
  const parts: Uint8Array[] = []
  let wanted = 4
  for (let at = 0, joined = 0; at < bytes.length && joined < wanted; ) {
    const [type, major, minor, high, low] = bytes.subarray(at, at + 5)
    if (type !== HANDSHAKE_RECORD) return undefined
    if (major !== undefined && major !== 3) return undefined
    if (minor !== undefined && minor > 4) return undefined
    if (high === undefined || low === undefined) break
    const length = high * 256 + low
    // An empty fragment is how a peer would make us count records for ever.
    if (length === 0 || length > MAX_HELLO) return undefined
    parts.push(bytes.subarray(at + 5, at + 5 + length))
    joined += length
    at += 5 + length
    if (joined >= 4 && wanted === 4) wanted = helloLength(concat(parts)) ?? joined
  }
  return concat(parts)
}

/** Header and body; 4 while that is not known yet. Undefined when it is another message. */
function helloLength(handshake: Uint8Array): number | undefined {
  const [type, high, middle, low] = handshake
  if (type !== undefined && type !== CLIENT_HELLO) return undefined
  if (high === undefined || middle === undefined || low === undefined) return 4
  return 4 + high * 65_536 + middle * 256 + low
}

function readHello(hello: Reader): ClientHello {
  hello.take(2 + 32) // legacy version, random
  hello.take(hello.number(1)) // session id
  hello.take(hello.number(2)) // cipher suites
  hello.take(hello.number(1)) // compression methods
  const extensions = new Map<number, Reader>()
  if (!hello.done) {
    const list = hello.block(2)
    hello.finish()
    while (!list.done) {
      const type = list.number(2)
      if (extensions.has(type)) throw new RangeError("an extension stands twice")
      extensions.set(type, list.block(2))
    }
  }
  const names = extensions.get(SERVER_NAME)
  return {
    kind: "hello",
    serverName: names === undefined ? undefined : readServerName(names),
    encryptedHello: extensions.has(ENCRYPTED_CLIENT_HELLO),
  }
}

/** RFC 6066 allows a list; everyone sends one host_name, and two names would be read differently by two servers. */
function readServerName(extension: Reader): string {
  const list = extension.block(2)
  extension.finish()
  if (list.number(1) !== 0) throw new RangeError("the name is not a valid host name")
  const name = String.fromCharCode(...list.take(list.number(2)))
  list.finish()
  if (!/^[\x21-\x7e]{1,255}$/.test(name)) throw new RangeError("the name is not printable")
  return name
}

/** Walks length-prefixed fields; RangeError when they do not add up. */
class Reader {
  #at = 0
  readonly #bytes: Uint8Array

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes
  }

  get done(): boolean {
    return this.#at === this.#bytes.length
  }

  take(length: number): Uint8Array {
    const end = this.#at + length
    if (end > this.#bytes.length) throw new RangeError("a field is longer than what holds it")
    const field = this.#bytes.subarray(this.#at, end)
    this.#at = end
    return field
  }

  number(width: 1 | 2): number {
    return this.take(width).reduce((sum, byte) => sum * 256 + byte, 0)
  }

  block(width: 1 | 2): Reader {
    return new Reader(this.take(this.number(width)))
  }

  finish(): void {
    if (!this.done) throw new RangeError("a field is shorter than what holds it")
  }
}

function concat(parts: readonly Uint8Array[]): Uint8Array {
  const [first] = parts
  return parts.length === 1 && first !== undefined ? first : Buffer.concat(parts)
}
