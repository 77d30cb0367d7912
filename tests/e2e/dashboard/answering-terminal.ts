// A terminal that answers questions as late as a test wants. Tests look at its screen, its modes,
// and the mode of the line below it.

import { waitFor } from "@bot-bottle/testkit"
import { Terminal } from "@xterm/headless"

export interface AnsweringTerminalOptions {
  readonly columns?: number
  readonly rows?: number
  readonly answerAfterMs?: number
  /** The color it names when it is asked for its background, as `ffff/ffff/ffff`; it does not answer without one. */
  readonly background?: string
  readonly env: Readonly<Record<string, string>>
}

export interface AnsweringTerminal extends AsyncDisposable {
  readonly pid: number
  type(text: string): void
  /** Its lines, without trailing blanks. */
  screen(): string
  modes(): {
    readonly isAlternate: boolean
    readonly mouse: string
    readonly isBracketedPaste: boolean
    readonly isCursorShown: boolean
  }
  /** Everything that was written, the first million bytes. */
  output(): string
  resize(columns: number, rows: number): void
  /** As a window that is closed: the terminal is gone. */
  hangUp(): void
  until(what: string, holds: (screen: string) => boolean, deadlineMs?: number): Promise<string>
  readonly bytes: number
}

/** DECTCEM. */
const CURSOR = 25
/** The operating system command that asks for it. */
const BACKGROUND = 11

/** A shell in a terminal; everything else is typed. */
export function openAnsweringTerminal(options: AnsweringTerminalOptions): AnsweringTerminal {
  const { columns = 80, rows = 24, answerAfterMs = 0 } = options
  const screen = new Terminal({ cols: columns, rows, allowProposedApi: true, scrollback: 0 })
  const decoder = new TextDecoder()
  let output = ""
  let bytes = 0
  let isCursorShown = true
  let isGone = false
  screen.parser.registerCsiHandler({ prefix: "?", final: "h" }, (modes) => {
    if (modes.includes(CURSOR)) isCursorShown = true
    return false
  })
  screen.parser.registerCsiHandler({ prefix: "?", final: "l" }, (modes) => {
    if (modes.includes(CURSOR)) isCursorShown = false
    return false
  })
  const child = Bun.spawn(["bash", "--norc", "--noprofile", "-i"], {
    env: { PATH: process.env["PATH"] ?? "", TERM: "xterm-256color", LANG: "C.UTF-8", PS1: "$ ", ...options.env },
    terminal: {
      cols: columns,
      rows,
      data(_, chunk) {
        bytes += chunk.length
        if (bytes < 1_000_000) output += decoder.decode(chunk, { stream: true })
        screen.write(new Uint8Array(chunk))
      },
    },
  })
  const reply = (answer: string) => void setTimeout(() => !isGone && child.terminal?.write(answer), answerAfterMs)
  screen.onData(reply)
  screen.parser.registerOscHandler(BACKGROUND, (asked) => {
    if (asked === "?" && options.background !== undefined) reply(`\x1b]${BACKGROUND};rgb:${options.background}\x1b\\`)
    return true
  })
  const text = () => {
    const { active } = screen.buffer
    return Array.from(
      { length: screen.rows },
      (_, row) => active.getLine(active.viewportY + row)?.translateToString(true) ?? "",
    ).join("\n")
  }
  return {
    pid: child.pid,
    get bytes() {
      return bytes
    },
    type: (typed) => void child.terminal?.write(typed),
    screen: text,
    modes: () => ({
      isAlternate: screen.buffer.active.type === "alternate",
      mouse: screen.modes.mouseTrackingMode,
      isBracketedPaste: screen.modes.bracketedPasteMode,
      isCursorShown,
    }),
    output: () => output,
    resize(toColumns, toRows) {
      screen.resize(toColumns, toRows)
      child.terminal?.resize(toColumns, toRows)
    },
    hangUp() {
      isGone = true
      child.terminal?.close()
    },
    until: (what, holds, deadlineMs = 15_000) =>
      waitFor(what, async () => (holds(text()) ? text() : undefined), { deadlineMs, describe: text }),
    async [Symbol.asyncDispose]() {
      child.kill("SIGKILL")
      await child.exited
      // An answer that is due later would be written to a closed terminal, in the middle of another test.
      const wasOpen = !isGone
      isGone = true
      if (wasOpen) child.terminal?.close()
      screen.dispose()
    },
  }
}
