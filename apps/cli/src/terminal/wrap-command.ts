// Breaks a command that does not fit the terminal so that it can still be pasted as it stands. A
// shell continues a line that ends in a backslash.
//
// Pure.

/** Also the words before the command and after it, where a line of prose holds one. */
export interface SplitLine {
  readonly before: string
  readonly command: string
  readonly after: string
}

/** Of ours, at the end of a sentence's part: `to continue: bot-bottle resume x`. */
const COMMAND =
  /^(?<before>.*?(?:^|: | {2,}|, or |, then | and ))(?<command>bot-bottle [a-z@][^;]*?)(?<after>(?:; |, or |, then | and ).*)?$/s

export function splitAtCommand(line: string): SplitLine | undefined {
  const { before = "", command, after = "" } = COMMAND.exec(line)?.groups ?? {}
  return command === undefined ? undefined : { before, command, after }
}

/** `indent`: columns before the first line; the others stand two further in. */
export function wrapCommand(
  command: string,
  { width, indent }: { readonly width: number; readonly indent: number },
): readonly string[] {
  const first = " ".repeat(indent)
  if (indent + Bun.stringWidth(command) <= width) return [first + command]
  const lines: string[] = []
  let line = first
  for (const word of wordsOf(command)) {
    const isEmpty = line.trim() === ""
    const longer = isEmpty ? line + word : `${line} ${word}`
    if (isEmpty || Bun.stringWidth(longer) + CONTINUED.length <= width) line = longer
    else {
      lines.push(line + CONTINUED)
      line = `${first}  ${word}`
    }
  }
  return [...lines, line]
}

const CONTINUED = " \\"

/** Blanks within quotes hold a word together. */
function wordsOf(command: string): readonly string[] {
  return command.match(/(?:'[^']*'|"[^"]*"|\S)+/g) ?? []
}
