// Cuts a stream's bytes where networks do: anywhere. A stream parser is tested at each of
// CHUNK_SIZES, which split UTF-8, field names and line ends, and pass everything at once.

export const CHUNK_SIZES = [1, 2, 7, 64, Number.POSITIVE_INFINITY] as const

export function chunksOf(source: string | Uint8Array, size: number): readonly Uint8Array[] {
  const bytes = typeof source === "string" ? new TextEncoder().encode(source) : source
  const step = Math.min(size, Math.max(bytes.length, 1))
  return Array.from({ length: Math.ceil(bytes.length / step) }, (_, i) => bytes.slice(i * step, (i + 1) * step))
}

/** The same chunks as a stream that gives one chunk a read. */
export function streamOf(source: string | Uint8Array, size: number): ReadableStream<Uint8Array> {
  const chunks = chunksOf(source, size).values()
  return new ReadableStream({
    pull(controller) {
      const { done, value } = chunks.next()
      if (done) controller.close()
      else controller.enqueue(value)
    },
  })
}
