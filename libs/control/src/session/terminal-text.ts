// The transcript of an agent that was used by hand, as text: its bytes are drawn on a terminal that
// nobody sees, and read from it. Lines that an agent wrote over are gone, as they were for a person.
//
// An agent with a screen of its own (the alternate one) leaves no lines: its last screen is given.

import type { TerminalSize } from "@bot-bottle/guest"
import { Terminal } from "@xterm/headless"
import { createBoundedOutput } from "./bounded-output.ts"

export interface TerminalText {
  /** Resolves with the lines that have left the screen since. */
  push(bytes: Uint8Array): Promise<readonly string[]>
  /** The rest: what is on the screen. */
  end(): Promise<readonly string[]>
}

/** More than a piece can scroll away, so that each line is seen once before it is dropped. */
const SCROLLBACK = 20_000
const PIECE_BYTES = 16 * 1024

export function createTerminalText({ columns, rows }: TerminalSize): TerminalText {
  const terminal = new Terminal({ cols: columns, rows, scrollback: SCROLLBACK, allowProposedApi: true })
  const bounded = createBoundedOutput()
  let ownScreen: readonly string[] = []
  let given = terminal.registerMarker(0)
  // Seen before the terminal obeys it, which empties the alternate screen.
  terminal.parser.registerCsiHandler({ prefix: "?", final: "l" }, (params) => {
    if (isAlternate() && params.some((mode) => mode === 1049 || mode === 1047 || mode === 47)) ownScreen = screen()
    return false
  })

  const isAlternate = () => terminal.buffer.active.type === "alternate"
  const read = (from: number, to: number): readonly string[] => {
    const lines: string[] = []
    for (let index = from; index < to; index += 1)
      lines.push(terminal.buffer.active.getLine(index)?.translateToString(true) ?? "")
    return lines
  }
  const screen = () => read(terminal.buffer.active.baseY, terminal.buffer.active.baseY + rows)
  const scrolledAway = (): readonly string[] => {
    if (isAlternate()) return []
    const { baseY, cursorY } = terminal.buffer.active
    const lines = read(given === undefined || given.isDisposed ? 0 : given.line, baseY)
    given?.dispose()
    given = terminal.registerMarker(-cursorY)
    return lines
  }
  return {
    async push(bytes) {
      const lines: string[] = []
      for (let from = 0; from < bytes.byteLength; from += PIECE_BYTES) {
        const piece = bounded.read(bytes.subarray(from, from + PIECE_BYTES))
        await new Promise<void>((done) => terminal.write(piece, done))
        lines.push(...scrolledAway())
      }
      return lines
    },
    async end() {
      const lines = [...(isAlternate() ? [] : ownScreen), ...screen()]
      terminal.dispose()
      return lines.slice(0, lines.findLastIndex((line) => line !== "") + 1)
    },
  }
}
