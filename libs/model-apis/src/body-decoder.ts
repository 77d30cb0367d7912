// Undoes a response's content-encoding for the meter, while the client gets the bytes as they
// came.
//
// Incremental and bounded: decoded bytes are handed on and forgotten. `ready()` says when the bytes
// waiting to be decoded pass 1 MiB, so a bomb slows its own stream and nothing else. A broken
// encoding is an outcome, never an exception.

import { createBrotliDecompress, createGunzip, createInflate, createInflateRaw, createZstdDecompress } from "node:zlib"

export interface BodyDecoder {
  push(chunk: Uint8Array): void
  /** Await it before reading more from upstream; undefined when there is nothing to wait for. */
  ready(): Promise<void> | undefined
  /** Resolves when what was pushed so far has been handed on. */
  idle(): Promise<void>
  /** Gives up: nothing more is handed on, and `finish` says `broken`. */
  stop(): void
  /** Everything decodable has been handed on when this resolves. Never rejects. Call once. */
  finish(): Promise<DecodeOutcome>
  /**
   * True when bytes came that were not decoded: behind the end of what was encoded, or behind a break. Nobody here has
   * looked into them. To be asked after `idle` or `finish`.
   */
  readonly hasSurplus: boolean
}

/** `truncated`: what came was good but the end is missing. `broken`: not that encoding, or one we cannot read. */
export type DecodeOutcome = "intact" | "truncated" | "broken"

const MAX_WAITING_BYTES = 1024 * 1024
/** Each layer multiplies what a bomb unfolds to by a thousand, and nobody sends three. */
const MAX_LAYERS = 2

type Codec = ReturnType<typeof createGunzip> | ReturnType<typeof createZstdDecompress>

/** `contentEncoding` is the header's text: `""`, `gzip`, or a list in the order applied. */
export function createBodyDecoder(contentEncoding: string, onChunk: (chunk: Uint8Array) => void): BodyDecoder {
  const encodings = contentEncoding
    .toLowerCase()
    .split(",")
    .map((name) => name.trim())
    .filter((name) => name !== "" && name !== "identity")

  const readable = encodings.length > MAX_LAYERS ? [encodings.join(", ")] : encodings
  return readable.reduce<BodyDecoder>((inner, encoding) => createLayer(encoding, inner), {
    push: onChunk,
    ready: () => undefined,
    idle: async () => {},
    stop() {},
    finish: async () => "intact",
    hasSurplus: false,
  })
}

/** Decodes one encoding into the next decoder. The last encoding applied is the first undone. */
function createLayer(encoding: string, inner: BodyDecoder): BodyDecoder {
  let head: Uint8Array | undefined = encoding === "deflate" ? new Uint8Array(0) : undefined
  let codec = encoding === "deflate" ? undefined : openCodec(encoding)
  let outcome: DecodeOutcome = codec === undefined && encoding !== "deflate" ? "broken" : "intact"
  let drained: Promise<void> | undefined
  let pushed = 0
  const ended = Promise.withResolvers<void>()
  if (codec !== undefined) listen(codec)

  function listen(opened: Codec): void {
    opened.on("data", (chunk: Uint8Array) => {
      if (outcome !== "intact") return
      inner.push(chunk)
      // The bytes that the next layer has not decoded yet are bounded like the first one's.
      const room = inner.ready()
      if (room === undefined) return
      opened.pause()
      void room.then(() => opened.resume())
    })
    opened.on("end", () => ended.resolve())
    opened.on("error", (error: NodeJS.ErrnoException) => {
      outcome = error.code === "Z_BUF_ERROR" ? "truncated" : "broken"
      ended.resolve()
    })
  }

  function write(chunk: Uint8Array): void {
    if (codec === undefined || outcome !== "intact") return
    codec.write(chunk)
    if (codec.writableLength <= MAX_WAITING_BYTES || drained !== undefined) return
    const waiting = Promise.withResolvers<void>()
    codec.once("drain", () => waiting.resolve())
    drained = Promise.race([waiting.promise, ended.promise]).then(() => {
      drained = undefined
    })
  }

  return {
    push(chunk) {
      pushed += chunk.length
      if (head === undefined) return write(chunk)
      head = Buffer.concat([head, chunk])
      if (head.length < 2) return
      const first = head
      head = undefined
      codec = isZlibHeader(first) ? createInflate() : createInflateRaw()
      listen(codec)
      write(first)
    },
    ready: () => drained ?? inner.ready(),
    async idle() {
      if (codec !== undefined && outcome === "intact") {
        const written = Promise.withResolvers<void>()
        codec.write(new Uint8Array(0), () => written.resolve())
        await Promise.race([written.promise, ended.promise])
      }
      await inner.idle()
    },
    stop() {
      outcome = "broken"
      codec?.destroy()
      ended.resolve()
      inner.stop()
    },
    async finish() {
      if (head !== undefined && head.length > 0) outcome = "truncated"
      if (codec !== undefined && outcome === "intact") {
        const last = codec
        // End only after the writes are through: a truncated body would lose what it did hold.
        last.write(new Uint8Array(0), () => last.end())
        await ended.promise
      }
      const innerOutcome = await inner.finish()
      return outcome === "intact" ? innerOutcome : outcome
    },
    get hasSurplus() {
      return inner.hasSurplus || (codec !== undefined && codec.bytesWritten < pushed)
    },
  }
}

function openCodec(encoding: string): Codec | undefined {
  switch (encoding) {
    case "gzip":
    case "x-gzip":
      return createGunzip()
    case "br":
      return createBrotliDecompress()
    case "zstd":
      return createZstdDecompress()
    default:
      return undefined
  }
}

// RFC 9110 says `deflate` is zlib; many servers send raw DEFLATE. RFC 1950 §2.2: the first
// two bytes of zlib are a multiple of 31 and name method 8.
function isZlibHeader(bytes: Uint8Array): boolean {
  const [cmf = 0, flags = 0] = bytes
  return (cmf & 0x0f) === 8 && (cmf * 256 + flags) % 31 === 0
}
