// Lines of text out of a pipe or a file. Memory is bounded: a reader keeps at most one line, and a
// line has a maximum length. Both directions of a socket are in libs/guest, which a bottle sees too.

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
