// The output of a command: results on stdout, everything about them on stderr. Color only where a
// person looks, and never when NO_COLOR is set.
//
// Every message to a person follows these rules:
//   - It reads as a colleague would say it: subject, verb, object, in the product's own words.
//   - An error names the thing and the problem, in lower case and without a final period:
//     "invalid --window 'year'". It quotes names, never secrets, and never blames.
//   - A hint is one line: the command to paste, or the place to change.
//   - A refusal comes before anything is created. A success says which state the run is in now.
//   - A step over 300 ms shows progress. Questions have a default that changes nothing.

import { nameCall, wrapCalled } from "./own-call.ts"
import { createPaint, type Paint } from "./paint.ts"

export interface Screen {
  /** A person looks at stdout. */
  readonly isTerminal: boolean
  /** A person can answer: stdin and stderr are terminals as well. */
  readonly isInteractive: boolean
  /** Columns of the terminal behind stdout; Infinity for a pipe or a file, which gets whole lines. */
  readonly width: number
  /** Colors for stdout. */
  readonly paint: Paint
  /** Colors for stderr. */
  readonly notePaint: Paint
  /** One line of result, on stdout. The caller has laid it out. */
  print(line: string): void
  /** Text without an end of line, on stdout: for what arrives piece by piece. */
  write(text: string): void
  /** One line of prose about the result, on stderr. Breaks at words on a terminal, and its commands are `called`. */
  note(line: string): void
  /** Prose for `print`, with each command of ours as the operator can paste it. */
  called(text: string): string
}

/** Columns by which continued lines stand further in. */
const HANG = 2

export function createScreen(options: { readonly colorAllowed: boolean; readonly call: string }): Screen {
  const { stdin, stdout, stderr } = process
  return {
    isTerminal: stdout.isTTY === true,
    isInteractive: stdin.isTTY === true && stdout.isTTY === true && stderr.isTTY === true,
    width: widthOf(stdout),
    paint: createPaint(options.colorAllowed && stdout.isTTY === true),
    notePaint: createPaint(options.colorAllowed && stderr.isTTY === true),
    print: (line) => void stdout.write(`${line}\n`),
    write: (text) => void stdout.write(text),
    note: (line) => {
      const { call } = options
      for (const part of wrapCalled(line, { width: widthOf(stderr), hang: HANG, call })) stderr.write(`${part}\n`)
    },
    called: (text) => nameCall(text, options.call),
  }
}

/** Read at each use: the operator may resize the terminal. */
function widthOf({ isTTY, columns }: NodeJS.WriteStream): number {
  return isTTY === true && columns > 0 ? columns : Infinity
}
