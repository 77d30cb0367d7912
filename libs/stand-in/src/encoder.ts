// Content encodings for a body that is sent piece by piece. Every piece is flushed, so that a
// client can decode each event when it arrives, as providers and their CDNs do.

import { createBrotliCompress, createDeflate, createGzip, createZstdCompress } from "node:zlib"
import type { StandInReply } from "./exchange.ts"

export type Encoding = NonNullable<StandInReply["encoding"]>

export interface Encoder {
  /** Resolves when everything of `text` went to the sink. */
  write(text: string): Promise<void>
  end(): Promise<void>
}

export function createEncoder(encoding: Encoding, sink: (bytes: Uint8Array) => void): Encoder {
  if (encoding === "identity") {
    return { write: async (text) => sink(Buffer.from(text)), end: async () => {} }
  }

  const compressor = createCompressor(encoding)
  const ended = Promise.withResolvers<void>()
  compressor.on("data", sink)
  compressor.once("end", ended.resolve)
  compressor.once("error", ended.reject)
  return {
    write(text) {
      const flushed = Promise.withResolvers<void>()
      compressor.write(text)
      compressor.flush(() => flushed.resolve())
      return flushed.promise
    },
    end() {
      compressor.end()
      return ended.promise
    },
  }
}

function createCompressor(encoding: Exclude<Encoding, "identity">) {
  switch (encoding) {
    case "gzip":
      return createGzip()
    case "deflate":
      return createDeflate()
    case "br":
      return createBrotliCompress()
    case "zstd":
      return createZstdCompress()
  }
}
