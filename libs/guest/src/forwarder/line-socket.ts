// Lines of text over a socket, in both directions. Output stays in order however little the socket
// takes at a time. Input is cut at line feeds and never grows past a bound. It lies here because a
// bottle's programs have no node_modules; the host uses the same code.

import { createSocketQueue } from "./socket-queue.ts"

export interface LineWriter {
  write(line: string): void
  /** Call when the socket has room again. */
  drain(): void
  /** Bytes that the socket has not taken yet. */
  readonly waitingBytes: number
}

/** `send` takes what it can and says how many bytes that was; below zero when the socket is closed. */
export function createLineWriter(send: (bytes: Uint8Array) => number): LineWriter {
  const queue = createSocketQueue(send)
  return {
    write: (line) => queue.write(Buffer.from(`${line}\n`)),
    drain: queue.drain,
    get waitingBytes() {
      return queue.waitingBytes
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
