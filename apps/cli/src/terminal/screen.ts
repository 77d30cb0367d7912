// What a command writes to: results on stdout, everything said about them on stderr.
// Colour only where a person looks, and never when NO_COLOR is set.

import { createPaint, type Paint } from "./paint.ts"

export interface Screen {
  /** A person looks at stdout. */
  readonly isTerminal: boolean
  /** A person can answer: stdin and stderr are terminals as well. */
  readonly isInteractive: boolean
  readonly columns: number
  /** Colours for stdout. */
  readonly paint: Paint
  /** Colours for stderr. */
  readonly notePaint: Paint
  /** One line of result, on stdout. */
  print(line: string): void
  /** Text without an end of line, on stdout: for what arrives piece by piece. */
  write(text: string): void
  /** One line about the result, on stderr. */
  note(line: string): void
}

export function createScreen(options: { readonly colourAllowed: boolean }): Screen {
  const { stdin, stdout, stderr } = process
  return {
    isTerminal: stdout.isTTY === true,
    isInteractive: stdin.isTTY === true && stdout.isTTY === true && stderr.isTTY === true,
    columns: stdout.columns || 100,
    paint: createPaint(options.colourAllowed && stdout.isTTY === true),
    notePaint: createPaint(options.colourAllowed && stderr.isTTY === true),
    print: (line) => void stdout.write(`${line}\n`),
    write: (text) => void stdout.write(text),
    note: (line) => void stderr.write(`${line}\n`),
  }
}
