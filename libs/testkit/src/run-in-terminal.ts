// Runs a program to its end in a terminal of a given width and keeps all that it printed. It is for
// claims about every line, also those that a screen has scrolled away. openTerminal is for screens.

import { PATH } from "./env.ts"
import type { ProgramOptions } from "./program.ts"

export interface TerminalRunOptions extends ProgramOptions {
  readonly columns: number
  /** Typed as soon as the output holds the pattern, one after the other. */
  readonly answers?: readonly (readonly [pattern: RegExp, keys: string])[]
}

export interface TerminalRun {
  /** 128 + n for signal n. */
  readonly exitCode: number
  /** stdout and stderr as the terminal got them, without colors and cursor movements. */
  readonly lines: readonly string[]
}

const DEADLINE_MS = 25_000

export async function runInTerminal(
  argv: readonly string[],
  { columns, answers = [], cwd, env }: TerminalRunOptions,
): Promise<TerminalRun> {
  const decoder = new TextDecoder()
  const open = [...answers]
  let output = ""
  let seen = 0
  const child = Bun.spawn([...argv], {
    ...(cwd === undefined ? {} : { cwd }),
    env: { PATH, TERM: "xterm-256color", LC_ALL: "C.UTF-8", ...env },
    terminal: {
      cols: columns,
      rows: 24,
      data(terminal, bytes) {
        output += decoder.decode(bytes, { stream: true })
        const [next] = open
        if (next === undefined || !next[0].test(output.slice(seen))) return
        open.shift()
        seen = output.length
        terminal.write(next[1])
      },
    },
  })
  const timer = setTimeout(() => child.kill("SIGKILL"), DEADLINE_MS)
  const exitCode = await child.exited
  clearTimeout(timer)
  const text = Bun.stripANSI(output).replaceAll(/\r+\n/g, "\n")
  // Text after a carriage return replaces the text before it.
  return { exitCode, lines: text.split("\n").map((line) => line.split("\r").at(-1) ?? "") }
}
