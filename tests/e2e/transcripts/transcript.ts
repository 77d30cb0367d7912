// Transcripts: a terminal session as a text file that reads as the manual and runs as a test.
//
//   $ bot-bottle budget set host claude 2M
//   host claude: 2,000,000 tokens (0 used, window total)
//
// Each command is followed by its stdout, then its stderr, then `[exit n]` unless it is 0. In
// expected output `[..]` stands for any text within a line, and a line `...` for any lines. A note of a
// step that takes long is left out.
// `-- path --` begins a file: below the host root, or below the current folder for `./path`.

export interface Transcript {
  readonly steps: readonly Step[]
  readonly files: readonly { readonly path: string; readonly text: string }[]
}

export interface Step {
  readonly line: number
  /** Without `bot-bottle`. */
  readonly args: readonly string[]
  readonly expected: readonly string[]
}

const COMMAND = /^\$ bot-bottle(?: (.*))?$/
const FILE = /^-- (\S+) --$/
const PROGRESS =
  /^bot-bottle: (?:comparing the workspace of \S+|copying .* into the bottle|checking this host|looking for leftovers)$/

/** Throws on text that is not a transcript. */
export function parseTranscript(text: string): Transcript {
  const steps: { line: number; args: readonly string[]; expected: string[] }[] = []
  const files: { path: string; text: string }[] = []
  text.split("\n").forEach((line, index) => {
    const file = FILE.exec(line)?.[1]
    const command = COMMAND.exec(line)
    const open = files.at(-1)
    const step = steps.at(-1)
    if (file !== undefined) files.push({ path: file, text: "" })
    else if (open !== undefined) open.text += `${line}\n`
    else if (command !== null) steps.push({ line: index + 1, args: splitArgs(command[1] ?? ""), expected: [] })
    else if (line.startsWith("$")) throw new Error(`line ${index + 1}: only bot-bottle can be run, not '${line}'`)
    else if (line.startsWith("#") || (line === "" && step === undefined)) return
    else if (step === undefined) throw new Error(`line ${index + 1}: text before the first command`)
    else step.expected.push(line)
  })
  if (steps.length === 0) throw new Error("the transcript runs nothing")
  return {
    steps: steps.map((step) => ({ ...step, expected: withoutEmptyEnd(step.expected) })),
    files: files.map(({ path, text }) => ({ path, text: text.replace(/\n+$/, "\n") })),
  }
}

/** The step's output in the form in which a transcript expects it. */
export function writeOutput(result: {
  readonly stdout: string
  readonly stderr: string
  readonly exitCode: number
}): readonly string[] {
  const said = result.stderr.split("\n").filter((line) => !PROGRESS.test(line))
  const lines = [...result.stdout.split("\n").slice(0, -1), ...said.slice(0, -1)]
  return withoutEmptyEnd(result.exitCode === 0 ? lines : [...lines, `[exit ${result.exitCode}]`])
}

export function matches(expected: readonly string[], actual: readonly string[]): boolean {
  const [first, ...rest] = expected
  if (first === undefined) return actual.length === 0
  if (first === "...") return actual.some((_, index) => matches(rest, actual.slice(index))) || matches(rest, [])
  const [line, ...others] = actual
  return line !== undefined && matchesLine(first, line) && matches(rest, others)
}

function matchesLine(expected: string, actual: string): boolean {
  const pattern = expected
    .split("[..]")
    .map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, "\\$&"))
    .join(".*")
  return new RegExp(`^${pattern}$`).test(actual)
}

/** Words, and text in single or double quotes. */
function splitArgs(text: string): readonly string[] {
  return [...text.matchAll(/'([^']*)'|"([^"]*)"|(\S+)/g)].map(
    ([, single, double, word]) => single ?? double ?? word ?? "",
  )
}

function withoutEmptyEnd(lines: readonly string[]): readonly string[] {
  return lines.slice(0, lines.findLastIndex((line) => line !== "") + 1)
}
