// A terminal at the end of a slow link: it takes so many bytes a second, and its answers come late.

import { openTerminalPair, waitFor } from "@bot-bottle/testkit"
import { Terminal } from "@xterm/headless"

export interface SlowTerminalOptions {
  readonly columns: number
  readonly rows: number
  readonly bytesPerSecond: number
  readonly answerAfterMs: number
  readonly env: Readonly<Record<string, string>>
}

export interface SlowTerminal extends AsyncDisposable {
  readonly exited: Promise<number>
  press(keys: string): void
  /** From now on the link is fast. */
  hurry(): void
  screen(): string
  isAlternate(): boolean
  until(what: string, holds: (screen: string) => boolean): Promise<string>
  /** Resolves when nothing has come for a while. */
  untilQuiet(): Promise<void>
  /** A shell would read this now: keys that nobody took, and answers that came too late. */
  typedAhead(): string
  /** As `stty -a` says. */
  mode(): Promise<string>
}

const READ_EVERY_MS = 20
const QUIET_MS = 600

export function openSlowTerminal(command: readonly string[], options: SlowTerminalOptions): SlowTerminal {
  const { columns, rows, answerAfterMs, env } = options
  const pair = openTerminalPair({ columns, rows })
  const emulator = new Terminal({ cols: columns, rows, allowProposedApi: true, scrollback: 0 })
  let mostBytes = Math.round((options.bytesPerSecond * READ_EVERY_MS) / 1_000)
  let cameAtMs = performance.now()
  let isOpen = true
  const child = Bun.spawn([...command], {
    stdio: [pair.slave, pair.slave, pair.slave],
    env: { PATH: process.env["PATH"] ?? "", TERM: "xterm-256color", LANG: "C.UTF-8", ...env },
  })
  const timer = setInterval(() => {
    const bytes = pair.read(mostBytes)
    if (bytes.length === 0) return
    cameAtMs = performance.now()
    emulator.write(bytes)
  }, READ_EVERY_MS)
  emulator.onData((answer) => setTimeout(() => isOpen && pair.type(answer), answerAfterMs))
  const text = () => {
    const { active } = emulator.buffer
    return Array.from({ length: rows }, (_, row) => active.getLine(row)?.translateToString(true) ?? "").join("\n")
  }
  return {
    exited: child.exited,
    press: pair.type,
    hurry() {
      mostBytes = 1024 * 1024
    },
    screen: text,
    isAlternate: () => emulator.buffer.active.type === "alternate",
    until: (what, holds) =>
      waitFor(what, async () => (holds(text()) ? text() : undefined), { deadlineMs: 30_000, describe: text }),
    async untilQuiet() {
      await waitFor("a quiet terminal", () => performance.now() - cameAtMs > QUIET_MS, { deadlineMs: 30_000 })
    },
    typedAhead: pair.takeTyped,
    async mode() {
      const { stdout } = Bun.spawnSync(["stty", "-a", "-F", pair.slavePath])
      return stdout.toString()
    },
    async [Symbol.asyncDispose]() {
      isOpen = false
      clearInterval(timer)
      child.kill("SIGKILL")
      await child.exited
      pair[Symbol.dispose]()
      emulator.dispose()
    },
  }
}
