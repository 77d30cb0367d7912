// Carries bytes from one socket to another, in order, no faster than the far side reads.
//
//   INV-53  Bytes leave in the order they came. After one partial write everything later
//           queues until `drain`: a TLS record that overtakes another ends the connection.
//           The source is paused meanwhile, so a slow reader costs a bounded amount of memory.

/** What a pipe needs of a Bun socket. `write` takes what the kernel takes and returns how much that was. */
export interface PipeSink {
  write(bytes: Uint8Array): number
  end(): unknown
}

export interface PipeSource {
  pause(): unknown
  resume(): unknown
}

export interface Pipe {
  push(bytes: Uint8Array): void
  /** The sink can take more. */
  drain(): void
  /** No more will come: the sink is ended once everything is written. */
  end(): void
}

export function createPipe(source: PipeSource, sink: PipeSink): Pipe {
  const waiting: Uint8Array[] = []
  let ending = false

  return {
    push(bytes) {
      if (waiting.length > 0) {
        waiting.push(bytes)
        return
      }
      const written = sink.write(bytes)
      // Negative: the sink is gone, and its close handler ends this relay.
      if (written < 0 || written >= bytes.length) return
      waiting.push(bytes.subarray(written))
      source.pause()
    },
    drain() {
      for (let bytes = waiting[0]; bytes !== undefined; bytes = waiting[0]) {
        const written = sink.write(bytes)
        if (written >= 0 && written < bytes.length) {
          waiting[0] = bytes.subarray(written)
          return
        }
        waiting.shift()
      }
      if (ending) sink.end()
      else source.resume()
    },
    end() {
      ending = true
      if (waiting.length === 0) sink.end()
    },
  }
}
