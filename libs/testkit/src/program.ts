// Runs real programs for tests: argv in, everything they said out, and nothing left behind.

import { PATH } from "./env.ts"
import { within } from "./within.ts"

/** Under the 60 s that a stage gives most tests. */
const OUTPUT_DEADLINE_MS = 50_000

export interface ProgramOptions {
  readonly cwd?: string
  /** Added to PATH alone: nothing else of the test's own environment is inherited. */
  readonly env?: Readonly<Record<string, string>>
}

export interface ProgramResult {
  /** 128 + n for signal n, as shells say it. */
  readonly exitCode: number
  readonly stdout: string
  readonly stderr: string
}

/** Disposing kills it, if it still runs, and waits until it is gone. */
export interface Program extends AsyncDisposable {
  readonly pid: number
  /** Its output so far. */
  readonly stdout: string
  readonly stderr: string
  /** Resolves when it has ended and everyone who inherited its output has, too. */
  readonly result: Promise<ProgramResult>
  /** Resolves with the match as soon as stdout holds it; rejects when the output ends without, or after `deadlineMs`. */
  untilStdout(pattern: RegExp, options?: { readonly deadlineMs?: number }): Promise<RegExpMatchArray>
  write(text: string | Uint8Array): void
  closeStdin(): void
  kill(signal?: NodeJS.Signals): void
}

/** Runs to the end. Past `deadlineMs` the program is killed and this throws with what it said. */
export async function runProgram(
  argv: readonly string[],
  options: ProgramOptions & { readonly stdin?: string | Uint8Array; readonly deadlineMs?: number } = {},
): Promise<ProgramResult> {
  await using program = startProgram(argv, options)
  if (options.stdin !== undefined) program.write(options.stdin)
  program.closeStdin()

  const { deadlineMs = 25_000 } = options
  const deadline = Promise.withResolvers<never>()
  const timer = setTimeout(() => {
    const said = `${program.stdout}\n${program.stderr}`
    deadline.reject(new Error(`${argv.join(" ")} did not end within ${deadlineMs} ms\n${said}`.trimEnd()))
  }, deadlineMs)
  try {
    return await Promise.race([program.result, deadline.promise])
  } finally {
    clearTimeout(timer)
  }
}

const LAST_WORDS_MS = 1_000

/** Its stdin stays open until `closeStdin`. */
export function startProgram(argv: readonly string[], { cwd, env }: ProgramOptions = {}): Program {
  const child = Bun.spawn([...argv], {
    stdin: "pipe",
    stdout: "pipe",
    stderr: "pipe",
    env: { PATH, ...env },
    ...(cwd === undefined ? {} : { cwd }),
  })
  const stdout = collect(child.stdout)
  const stderr = collect(child.stderr)
  const result = Promise.all([child.exited, stdout.ended, stderr.ended]).then(([exitCode]) => ({
    exitCode,
    stdout: stdout.text(),
    stderr: stderr.text(),
  }))

  return {
    pid: child.pid,
    get stdout() {
      return stdout.text()
    },
    get stderr() {
      return stderr.text()
    },
    result,
    async untilStdout(pattern, { deadlineMs = OUTPUT_DEADLINE_MS } = {}) {
      const describe = () => `${stdout.text()}\n${stderr.text()}`
      const awaited = `${pattern} on the stdout of ${argv.join(" ")}`
      const found = await within(awaited, stdout.until(pattern), { deadlineMs, describe })
      if (found !== undefined) return found
      // Its last words may come behind the end of its stdout. Another program may hold its stderr.
      await Promise.race([stderr.ended, Bun.sleep(LAST_WORDS_MS)])
      throw new Error(`${argv.join(" ")} ended without ${pattern}\n${describe()}`.trimEnd())
    },
    write(text) {
      child.stdin.write(text)
      void child.stdin.flush()
    },
    closeStdin: () => void child.stdin.end(),
    kill: (signal = "SIGTERM") => child.kill(signal),
    async [Symbol.asyncDispose]() {
      child.kill("SIGKILL")
      await child.exited
    },
  }
}

function collect(stream: ReadableStream<Uint8Array>) {
  let text = ""
  let more = Promise.withResolvers<"more" | "ended">()
  const ended = read()

  return { text: () => text, ended, until }

  async function read(): Promise<void> {
    const decoder = new TextDecoder()
    for await (const chunk of stream) {
      text += decoder.decode(chunk, { stream: true })
      more.resolve("more")
      more = Promise.withResolvers()
    }
    more.resolve("ended")
  }

  async function until(pattern: RegExp): Promise<RegExpMatchArray | undefined> {
    for (;;) {
      const next = more.promise
      const found = text.match(pattern)
      if (found !== null) return found
      if ((await next) === "ended") return text.match(pattern) ?? undefined
    }
  }
}
