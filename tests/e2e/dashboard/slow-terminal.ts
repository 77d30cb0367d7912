// A terminal at the end of a slow link: it takes so many bytes a second, and its answers come late.
// Bun's own terminals take everything at once, so this one is opened through libc.

import { dlopen, ptr } from "bun:ffi"
import { closeSync, constants, openSync, readSync, writeSync } from "node:fs"
import { waitFor } from "@bot-bottle/testkit"
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
  const { master, slavePath } = openTerminalPair(columns, rows)
  const slave = openSync(slavePath, constants.O_RDWR | constants.O_NOCTTY)
  const emulator = new Terminal({ cols: columns, rows, allowProposedApi: true, scrollback: 0 })
  let mostBytes = Math.round((options.bytesPerSecond * READ_EVERY_MS) / 1_000)
  let cameAtMs = performance.now()
  let isOpen = true
  const child = Bun.spawn([...command], {
    stdio: [slave, slave, slave],
    env: { PATH: process.env["PATH"] ?? "", TERM: "xterm-256color", LANG: "C.UTF-8", ...env },
  })
  const timer = setInterval(() => {
    const bytes = readSome(master, mostBytes)
    if (bytes.length === 0) return
    cameAtMs = performance.now()
    emulator.write(bytes)
  }, READ_EVERY_MS)
  emulator.onData((answer) => setTimeout(() => isOpen && writeSync(master, answer), answerAfterMs))
  const text = () => {
    const { active } = emulator.buffer
    return Array.from({ length: rows }, (_, row) => active.getLine(row)?.translateToString(true) ?? "").join("\n")
  }
  return {
    exited: child.exited,
    press: (keys) => void writeSync(master, keys),
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
    typedAhead() {
      const file = openSync(slavePath, constants.O_RDONLY | constants.O_NOCTTY | constants.O_NONBLOCK)
      try {
        return new TextDecoder().decode(readSome(file, 4_096))
      } finally {
        closeSync(file)
      }
    },
    async mode() {
      const { stdout } = Bun.spawnSync(["stty", "-a", "-F", slavePath])
      return stdout.toString()
    },
    async [Symbol.asyncDispose]() {
      isOpen = false
      clearInterval(timer)
      child.kill("SIGKILL")
      await child.exited
      for (const file of [slave, master]) closeSync(file)
      emulator.dispose()
    },
  }
}

function readSome(file: number, most: number): Uint8Array {
  const bytes = new Uint8Array(most)
  try {
    return bytes.subarray(0, readSync(file, bytes))
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EAGAIN") return bytes.subarray(0, 0)
    throw error
  }
}

function openTerminalPair(columns: number, rows: number): { readonly master: number; readonly slavePath: string } {
  const { symbols } = dlopen("libc.so.6", {
    grantpt: { args: ["int"], returns: "int" },
    unlockpt: { args: ["int"], returns: "int" },
    ptsname_r: { args: ["int", "ptr", "u64"], returns: "int" },
    ioctl: { args: ["int", "u64", "ptr"], returns: "int" },
  })
  const master = openSync("/dev/ptmx", constants.O_RDWR | constants.O_NOCTTY | constants.O_NONBLOCK)
  const path = new Uint8Array(128)
  const size = new Uint16Array([rows, columns, 0, 0])
  const TIOCSWINSZ = 0x5414
  const isOpen =
    symbols.grantpt(master) === 0 &&
    symbols.unlockpt(master) === 0 &&
    symbols.ptsname_r(master, ptr(path), path.length) === 0 &&
    symbols.ioctl(master, TIOCSWINSZ, ptr(size)) === 0
  if (!isOpen) throw new Error("No terminal can be opened")
  return { master, slavePath: new TextDecoder().decode(path.subarray(0, path.indexOf(0))) }
}
