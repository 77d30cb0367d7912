// Lines of text over a socket, both directions: what is written stays in order however little the
// socket takes at a time, what is read is cut at line feeds and never grows past a bound. It lies
// here because a bottle's programs have no node_modules; the host uses the same code.

export interface LineWriter {
  write(line: string): void
  /** Call when the socket has room again. */
  drain(): void
  /** Bytes that the socket has not taken yet. */
  readonly waitingBytes: number
}

/** `send` takes what it can and says how many bytes that was; below zero when the socket is closed. */
export function createLineWriter(send: (bytes: Uint8Array) => number): LineWriter {
  const queue: Uint8Array[] = []
  let waitingBytes = 0
  const drain = () => {
    for (let next = queue[0]; next !== undefined; next = queue[0]) {
      const taken = send(next)
      if (taken < 0) {
        queue.length = 0
        waitingBytes = 0
        return
      }
      waitingBytes -= taken
      if (taken < next.byteLength) {
        queue[0] = next.subarray(taken)
        return
      }
      queue.shift()
    }
  }
  return {
    write(line) {
      const bytes = Buffer.from(`${line}\n`)
      queue.push(bytes)
      waitingBytes += bytes.byteLength
      // With something before it, the socket is full, and will say when it is not.
      if (queue.length === 1) drain()
    },
    drain,
    get waitingBytes() {
      return waitingBytes
    },
  }
}

export interface LineReader {
  read(bytes: Uint8Array): void
}

/**
 * After the first line that is longer than `maxLength`, `onTooLong` is called and nothing more is read, wherever the
 * chunks begin.
 */
export function createLineReader(options: {
  readonly maxLength: number
  onLine(line: string): void
  onTooLong(): void
}): LineReader {
  const { maxLength } = options
  const decoder = new TextDecoder()
  let pieces: string[] = []
  let length = 0
  let isOver = false
  /** False once the line has become too long. */
  const add = (piece: string) => {
    length += piece.length
    if (length > maxLength) return false
    if (piece !== "") pieces.push(piece)
    return true
  }
  const stop = () => {
    isOver = true
    pieces = []
    options.onTooLong()
  }
  return {
    read(bytes) {
      if (isOver) return
      const text = decoder.decode(bytes, { stream: true })
      let from = 0
      for (let end = text.indexOf("\n"); end >= 0; end = text.indexOf("\n", from)) {
        if (!add(text.slice(from, end))) return stop()
        const line = pieces.join("")
        pieces = []
        length = 0
        from = end + 1
        options.onLine(line)
      }
      if (!add(text.slice(from))) stop()
    },
  }
}
