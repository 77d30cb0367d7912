// Breaks prose at words so that it fits the terminal. A command of ours in it stays one that can be
// pasted: it gets lines of its own.

import { splitAtCommand, wrapCommand } from "./wrap-command.ts"

/** Longer lines of prose are hard to read, however wide the terminal is. */
const MAX_PROSE = 100

/** One of ours in quotes is to be pasted, so it stays on one line as long as it fits. */
const QUOTED_COMMAND = /'bot-bottle [^']+'/g
/** Of one column, and in no text: a private character. */
const UNBROKEN = "\ue000"

export interface WrapOptions {
  /** Terminal columns; Infinity for a pipe or a file, which gets the line as it is. */
  readonly width: number
  /** Columns by which continued lines are indented further than the first. */
  readonly hang: number
}

/** One line in, one or more out. A word of prose wider than the terminal is broken: nothing overflows. */
export function wrapText(line: string, { width, hang }: WrapOptions): readonly string[] {
  if (Bun.stringWidth(line) <= Math.min(width, MAX_PROSE) || width === Infinity) return [line]
  const indent = /^ */.exec(line)?.[0].length ?? 0
  const split = splitAtCommand(line.slice(indent))
  if (split === undefined) return wrapProse(line, { width, hang })
  const { before, command, after } = split
  return [
    ...(before === "" ? [] : wrapProse(`${" ".repeat(indent)}${before.trimEnd()}`, { width, hang })),
    ...wrapCommand(command.trimEnd(), { width, indent: before === "" ? indent : indent + hang }),
    ...(after === ""
      ? []
      : wrapText(`${" ".repeat(indent + hang)}${after.replace(/^[;,] /, "").trim()}`, { width, hang })),
  ]
}

/** As wrapText, for a line that holds no command to paste. */
export function wrapProse(line: string, { width, hang }: WrapOptions): readonly string[] {
  const indent = /^ */.exec(line)?.[0].length ?? 0
  if (Bun.stringWidth(line) <= Math.min(width, MAX_PROSE) || width === Infinity) return [line]
  const room = Math.max(2, Math.min(width, MAX_PROSE) - indent - hang)
  const kept = line.slice(indent).replaceAll(QUOTED_COMMAND, (command) => command.replaceAll(" ", UNBROKEN))
  // The first line has `hang` more columns than the others: they are set aside while the rest is broken.
  const head = Bun.sliceAnsi(kept, 0, hang)
  const rest = Bun.sliceAnsi(kept, hang).replace(/^ +/, (blanks) => UNBROKEN.repeat(blanks.length))
  const broken = head + Bun.wrapAnsi(rest, room, { hard: true, trim: true })
  const parts = broken.replaceAll(UNBROKEN, " ").split("\n")
  return parts.map((part, index) => " ".repeat(index === 0 ? indent : indent + hang) + part)
}
