// Finds the end of one body in the bytes that arrive: range by range where it can, byte by byte
// where it must.
//
// `read` says how far the bytes belong to this body. Up to there the framing, the chunk
// extensions and the trailers have been checked, so the bytes may be relayed as they are. A tap
// gets the payload alone.

import { type Framing, NO_BODY } from "./framing.ts"
import { TOKEN } from "./token-bytes.ts"

/** Payload stands in `bytes` from `from` to `to`. */
export type Tap = (bytes: Buffer, from: number, to: number) => void

const MAX_EXTENSION_BYTES = 4096
const MAX_TRAILER_BYTES = 16 * 1024
/** 2^48 bytes: nobody sends that in one chunk, and sums stay exact. */
const MAX_SIZE_DIGITS = 12

/**
 * A trailer that frames, routes, overrides or authenticates would be read after the message was judged without it.
 * Asked with `-` for `_`: gateways read one as the other.
 */
const REFUSED_TRAILER =
  /^(?:content-(?:length|encoding|type|range)|transfer-encoding|host|x-host|connection|keep-alive|te|trailer|upgrade|expect|max-forwards|.*authori[sz]ation|.*authentication|proxy-.*|set-cookie2?|cookie2?|.*(?:api|access|auth)-?key|.*-token|token|.*(?:secret|credential|passw).*|x-auth.*|forwarded|x-forwarded-.*|x-original-.*|x-rewrite-.*|x-http-method.*|x-method-override)$/i

const DIGIT = new Int8Array(256).fill(-1)
for (let value = 0; value < 16; value++) {
  DIGIT[value.toString(16).charCodeAt(0)] = value
  DIGIT[value.toString(16).toUpperCase().charCodeAt(0)] = value
}

// Numbers, since this is asked for every byte of a chunk's size.
const RAW = 0
const SIZE = 1
const SIZE_MORE = 2
const EXTENSION = 3
const SIZE_LF = 4
const DATA = 5
const DATA_CR = 6
const DATA_LF = 7
const LINE = 8
const NAME = 9
const VALUE = 10
const VALUE_LF = 11
const LAST_LF = 12
const EXTENSION_VALUE = 13
const QUOTED = 14
const ESCAPED = 15
const QUOTED_END = 16
const VALUE_START = 17
const EXTENSION_NAME = 18
const DONE = 19
const FAILED = 20

export class BodyReader {
  /** Why the body is refused; undefined while it is not. */
  failure: string | undefined
  /** Trailer lines with their CRLF, as sent. Whole once `done`. */
  trailers = ""
  /** A chunk had an extension since this was last set to false: bytes that no tap sees. */
  hasExtension = false
  #state = DONE
  #left = 0
  #isCloseDelimited = false
  /** Bytes of what is bounded just now: digits, an extension, the trailers. */
  #counted = 0
  #name = ""
  #tap: Tap | undefined

  start(framing: Framing, tap: Tap | undefined): void {
    this.failure = undefined
    this.trailers = ""
    this.hasExtension = false
    this.#tap = tap
    this.#counted = 0
    this.#isCloseDelimited = framing.kind === "close"
    this.#left = this.#isCloseDelimited ? Number.POSITIVE_INFINITY : framing.bytes
    if (framing.kind === "chunked") this.#state = SIZE
    else this.#state = framing.kind === "none" || this.#left === 0 ? DONE : RAW
  }

  /** Ready for the next message; holds on to nothing of this one. */
  reset(): void {
    this.start(NO_BODY, undefined)
  }

  get done(): boolean {
    return this.#state === DONE
  }

  get isCloseDelimited(): boolean {
    return this.#isCloseDelimited
  }

  /**
   * Bytes until the chunk that is being read is whole, with its CRLF; 0 between chunks, and once the body is done.
   * Undefined inside a size line or the trailers: nobody could continue there in chunks of his own.
   */
  get owed(): number | undefined {
    switch (this.#state) {
      case DATA:
        return this.#left + 2
      case DATA_CR:
        return 2
      case DATA_LF:
        return 1
      case SIZE:
      case DONE:
        return 0
      default:
        return undefined
    }
  }

  /** The connection ended. True when the body ended with it, or before. */
  endOfConnection(): boolean {
    if (this.#isCloseDelimited && this.#state === RAW) this.#state = DONE
    return this.#state === DONE
  }

  /** Returns where the bytes of this body end: less than `bytes.length` once it is done, or has failed. */
  read(bytes: Buffer, from: number): number {
    if (this.#state === RAW) return this.#readRaw(bytes, from)
    let at = from
    while (at < bytes.length && this.#state < DONE) {
      if (this.#state === DATA) at = this.#readData(bytes, at)
      else if (this.#step(bytes[at] as number)) at++
      else if (this.#state === FAILED) return at
    }
    return at
  }

  #readRaw(bytes: Buffer, from: number): number {
    const end = this.#left < bytes.length - from ? from + this.#left : bytes.length
    this.#left -= end - from
    if (this.#left === 0) this.#state = DONE
    if (end > from) this.#tap?.(bytes, from, end)
    return end
  }

  #readData(bytes: Buffer, from: number): number {
    const end = this.#left < bytes.length - from ? from + this.#left : bytes.length
    this.#left -= end - from
    if (this.#left === 0) this.#state = DATA_CR
    this.#tap?.(bytes, from, end)
    return end
  }

  /** One byte of the framing. False when it was not taken: the state has changed, or the body is refused. */
  #step(byte: number): boolean {
    switch (this.#state) {
      case SIZE:
      case SIZE_MORE:
        return this.#stepSize(byte)
      case EXTENSION:
      case EXTENSION_NAME:
      case EXTENSION_VALUE:
      case VALUE_START:
      case QUOTED:
      case ESCAPED:
      case QUOTED_END:
        return this.#stepExtension(byte)
      case SIZE_LF:
        if (byte !== 10) return this.#fail("a chunk's size line ends in a bare CR")
        this.#counted = 0
        return this.#to(this.#left === 0 ? LINE : DATA)
      case DATA_CR:
        return byte === 13 ? this.#to(DATA_LF) : this.#fail("a chunk is longer than its size")
      case DATA_LF:
        return byte === 10 ? this.#to(SIZE) : this.#fail("a chunk ends in a bare CR")
      case LAST_LF:
        return byte === 10 ? this.#to(DONE) : this.#fail("the trailers end in a bare CR")
      default:
        return this.#stepTrailer(byte)
    }
  }

  #stepSize(byte: number): boolean {
    const digit = DIGIT[byte] as number
    if (digit < 0) {
      if (this.#state === SIZE_MORE && byte === 13) return this.#to(SIZE_LF)
      if (this.#state !== SIZE_MORE || byte !== 59) return this.#fail("a chunk's size is not hexadecimal")
      this.#counted = 0
      this.hasExtension = true
      return this.#to(EXTENSION)
    }
    if (this.#state === SIZE) {
      this.#left = 0
      this.#counted = 0
      this.#state = SIZE_MORE
    }
    if (++this.#counted > MAX_SIZE_DIGITS) return this.#fail("a chunk's size has too many digits")
    this.#left = this.#left * 16 + digit
    return true
  }

  /** RFC 9112 §7.1.1, without the blanks that it allows to be read and forbids to be sent. */
  #stepExtension(byte: number): boolean {
    if (++this.#counted > MAX_EXTENSION_BYTES) return this.#fail("a chunk extension is too long")
    if (this.#state === QUOTED || this.#state === ESCAPED) {
      if (isControl(byte)) return this.#fail("a chunk extension has a control byte")
      if (this.#state === ESCAPED) return this.#to(QUOTED)
      return this.#to(byte === 34 ? QUOTED_END : byte === 92 ? ESCAPED : QUOTED)
    }
    if (TOKEN[byte] === 1 && this.#state !== QUOTED_END)
      return this.#to(this.#state === EXTENSION || this.#state === EXTENSION_NAME ? EXTENSION_NAME : EXTENSION_VALUE)
    if (this.#state === VALUE_START && byte === 34) return this.#to(QUOTED)
    // An empty name or value is invalid.
    if (this.#state === EXTENSION || this.#state === VALUE_START) return this.#fail("a chunk extension is malformed")
    if (byte === 13) return this.#to(SIZE_LF)
    if (byte === 59) return this.#to(EXTENSION)
    if (byte === 61 && this.#state === EXTENSION_NAME) return this.#to(VALUE_START)
    return this.#fail("a chunk extension is malformed")
  }

  #stepTrailer(byte: number): boolean {
    if (this.#state === LINE) {
      if (byte === 13) return this.#to(LAST_LF)
      this.#name = ""
      this.#state = NAME
    }
    if (++this.#counted > MAX_TRAILER_BYTES) return this.#fail("the trailers are too long")
    this.trailers += String.fromCharCode(byte)
    if (this.#state === NAME) {
      if (byte !== 58) {
        if (TOKEN[byte] === 0) return this.#fail("a trailer's name is not a token")
        this.#name += String.fromCharCode(byte)
        return true
      }
      if (this.#name === "" || REFUSED_TRAILER.test(this.#name.replaceAll("_", "-")))
        return this.#fail("a trailer's name is not allowed")
      return this.#to(VALUE)
    }
    if (this.#state === VALUE_LF) return byte === 10 ? this.#to(LINE) : this.#fail("a trailer ends in a bare CR")
    if (byte === 13) return this.#to(VALUE_LF)
    return isControl(byte) ? this.#fail("a trailer has a control byte") : true
  }

  #to(state: number): true {
    this.#state = state
    return true
  }

  #fail(detail: string): false {
    this.#state = FAILED
    this.failure = detail
    return false
  }
}

function isControl(byte: number): boolean {
  return (byte < 32 && byte !== 9) || byte === 127
}
