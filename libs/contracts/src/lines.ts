// Lines of text over a pipe or a socket, in both directions. Memory is bounded: a reader keeps at
// most one line, and a line has a maximum length.
//
// A bottle's own programs have no node_modules and keep a copy of the socket's half.

export interface LineWriter {
  write(line: string): void
  /** Call when the socket has room again. */
  drain(): void
  /** Bytes that the socket has not taken yet. */
  readonly waitingBytes: number
}

/** `send` takes what it can and returns how many bytes that was; below zero when the socket is closed. */
export function createLineWriter(send: (bytes: Uint8Array) => number): LineWriter {
  const encoder = new TextEncoder()
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
      const bytes = encoder.encode(`${line}\n`)
      queue.push(bytes)
      waitingBytes += bytes.byteLength
      // With something before it, the socket is full and will call `drain`.
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

/** After the first line that is longer than `maxLength`, `onTooLong` is called and nothing more is read. */
export function createLineReader(options: {
  readonly maxLength: number
  onLine(line: string): void
  onTooLong(): void
}): LineReader {
  const splitter = createLineSplitter(options.maxLength)
  let isOver = false
  return {
    read(bytes) {
      if (isOver) return
      const lines = splitter.push(bytes)
      for (const line of lines) {
        if (line.length > options.maxLength) break
        options.onLine(line)
      }
      if (!splitter.isTooLong()) return
      isOver = true
      options.onTooLong()
    },
  }
}

export interface LineOptions {
  /** A longer line is cut after one character more, so that `parseMessage` with this limit refuses it. */
  readonly maxLength: number
  /** The text after the last line feed. A message without one was cut off by its writer's death. */
  readonly unfinished: "kept" | "dropped"
}

export async function* linesOf(
  chunks: AsyncIterable<Uint8Array>,
  { maxLength, unfinished }: LineOptions,
): AsyncGenerator<string> {
  const splitter = createLineSplitter(maxLength)
  for await (const chunk of chunks) yield* splitter.push(chunk)
  const rest = splitter.end()
  if (rest !== "" && unfinished === "kept") yield rest
}

export interface LineSplitter {
  /** The lines that end in these bytes. A longer line is cut after one character more than `maxLength`. */
  push(bytes: Uint8Array): readonly string[]
  /** A line so far was longer than `maxLength`. */
  isTooLong(): boolean
  /** The text after the last line feed. */
  end(): string
}

/** For a caller that reads at its own pace, from a file that grows. */
export function createLineSplitter(maxLength: number): LineSplitter {
  const decoder = new TextDecoder()
  let pieces: string[] = []
  let length = 0
  let isTooLong = false
  const add = (piece: string) => {
    const room = maxLength + 1 - length
    if (piece.length >= room && room > 0) isTooLong = true
    if (room > 0 && piece !== "") pieces.push(piece.slice(0, room))
    length = Math.min(length + piece.length, maxLength + 1)
  }
  const take = () => {
    const line = pieces.join("")
    pieces = []
    length = 0
    return line
  }
  return {
    push(bytes) {
      const text = decoder.decode(bytes, { stream: true })
      const lines: string[] = []
      let from = 0
      for (let end = text.indexOf("\n"); end >= 0; end = text.indexOf("\n", from)) {
        add(text.slice(from, end))
        lines.push(take())
        from = end + 1
      }
      add(text.slice(from))
      return lines
    },
    isTooLong: () => isTooLong,
    end: () => {
      add(decoder.decode())
      return take()
    },
  }
}
