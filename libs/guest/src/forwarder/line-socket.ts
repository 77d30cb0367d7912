// Lines of text over a socket, both directions: what is written stays in order however little the
// socket takes at a time, what is read is cut at line feeds and never grows past a bound.

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

/** A line longer than `maxLength` is told once; nothing is read after it. */
export function createLineReader(options: {
  readonly maxLength: number
  onLine(line: string): void
  onTooLong(): void
}): LineReader {
  const decoder = new TextDecoder()
  let rest = ""
  let isOver = false
  return {
    read(bytes) {
      if (isOver) return
      const lines = (rest + decoder.decode(bytes, { stream: true })).split("\n")
      rest = lines.pop() ?? ""
      if (rest.length > options.maxLength || lines.some((line) => line.length > options.maxLength)) {
        isOver = true
        rest = ""
        options.onTooLong()
        return
      }
      for (const line of lines) options.onLine(line)
    },
  }
}
