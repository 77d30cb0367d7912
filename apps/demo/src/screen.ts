// Where the demo writes: lines on stdout that fit the terminal, with four colors when the command line says so.

export interface DemoScreen {
  /** Prose, broken at words; continued lines stand under the first. */
  print(line: string): void
  /** A line that is cut off where the terminal ends, for what nobody reads to its end. */
  printCut(line: string): void
  /** Opens a paragraph for text that arrives piece by piece. It is broken at words as well. */
  openParagraph(style: (text: string) => string): Paragraph
  bold(text: string): string
  colored(color: DemoColor, text: string): string
}

export interface Paragraph {
  write(text: string): void
  /** The rest, and the end of the line. */
  end(): void
}

export type DemoColor = keyof typeof CODES

export interface DemoScreenOptions {
  readonly hasColor: boolean
  /** Columns of the terminal; Infinity for a pipe or a file, which gets whole lines. */
  readonly width: number
  write(text: string): void
}

const CODES = { red: 31, green: 32, yellow: 33, cyan: 36 } as const
const INDENT = "   "

export function createDemoScreen({ hasColor, width, write }: DemoScreenOptions): DemoScreen {
  const coded = (on: number, off: number, text: string) => (hasColor ? `\x1b[${on}m${text}\x1b[${off}m` : text)
  return {
    print(line) {
      const indent = /^ */.exec(line)?.[0] ?? ""
      const room = Math.max(8, width - indent.length)
      const text = line.slice(indent.length)
      const parts = width === Infinity ? [text] : Bun.wrapAnsi(text, room, { hard: true, trim: true }).split("\n")
      for (const part of parts) write(`${indent}${part}\n`)
    },
    printCut: (line) => write(`${width === Infinity ? line : Bun.sliceAnsi(line, 0, width - 1, "…")}\n`),
    openParagraph: (style) => openParagraph(style, { width, write }),
    bold: (text) => coded(1, 22, text),
    colored: (color, text) => coded(CODES[color], 39, text),
  }
}

function openParagraph(
  style: (text: string) => string,
  { width, write }: Pick<DemoScreenOptions, "width" | "write">,
): Paragraph {
  /** A word that may not be over yet. */
  let word = ""
  let column = 0
  const putWord = () => {
    if (word === "") return
    const length = Bun.stringWidth(word)
    const fits = column === 0 || column + 1 + length <= width
    if (column === 0 || !fits) {
      write(fits ? INDENT : `\n${INDENT}`)
      column = INDENT.length
    } else {
      write(" ")
      column += 1
    }
    write(style(word))
    column += length
    word = ""
  }
  return {
    write(text) {
      const words = (word + text).split(" ")
      const last = words.pop() ?? ""
      for (word of words) putWord()
      word = last
    },
    end() {
      putWord()
      write("\n")
    },
  }
}
