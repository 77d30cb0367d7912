// Where the demo writes: plain lines on stdout, with three colors when the command line says so.

export interface DemoScreen {
  print(line: string): void
  /** Text without an end of line, for what arrives piece by piece. */
  write(text: string): void
  bold(text: string): string
  colored(color: DemoColor, text: string): string
}

export type DemoColor = keyof typeof CODES

const CODES = { red: 31, green: 32, yellow: 33, cyan: 36 } as const

export function createDemoScreen(options: { readonly hasColor: boolean }): DemoScreen {
  const { stdout } = process
  const coded = (on: number, off: number, text: string) => (options.hasColor ? `\x1b[${on}m${text}\x1b[${off}m` : text)
  return {
    print: (line) => void stdout.write(`${line}\n`),
    write: (text) => void stdout.write(text),
    bold: (text) => coded(1, 22, text),
    colored: (color, text) => coded(CODES[color], 39, text),
  }
}
