// Runs one of bot-bottle's own commands for the dashboard: the one that a dialog showed. Only
// commands of a fixed list: the screen is native code, and says a command line.

import { hostProgram, SEALED_FOLDER } from "@bot-bottle/contracts"
import type { Env } from "../env.ts"

/** Those that a key stands for. */
const ASKED_FOR: ReadonlySet<string> = new Set([
  "cutoff",
  "restore",
  "freeze",
  "resume",
  "kill",
  "budget",
  "allow",
  "forward",
  "attach",
  "logs",
  "edit",
  "supervise",
])

export function mayBeAskedFor(command: readonly string[]): boolean {
  return ASKED_FOR.has(command[0] ?? "")
}

export interface Outcome {
  readonly exitCode: number
  readonly stdout: string
  readonly message: string
  readonly hint: string | null
}

export async function runOwnCommand(env: Env, command: readonly string[]): Promise<Outcome> {
  const child = Bun.spawn([...commandLine(env, command)], {
    cwd: SEALED_FOLDER,
    stdin: "ignore",
    stdout: "pipe",
    stderr: "pipe",
  })
  const [stdout, stderr, exitCode] = await Promise.all([
    new Response(child.stdout).text(),
    new Response(child.stderr).text(),
    child.exited,
  ])
  return { exitCode, stdout, ...wordsOf(stdout, stderr, exitCode) }
}

export interface TerminalRunOptions {
  /** When it aborts, the command is asked to end: it may restore the terminal. */
  readonly signal: AbortSignal
  /** The command is there: a Ctrl-C reaches it. */
  onStarted(): void
}

/** With the operator's terminal. */
export async function runInTerminal(
  env: Env,
  command: readonly string[],
  { signal, onStarted }: TerminalRunOptions,
): Promise<number> {
  const child = Bun.spawn([...commandLine(env, command)], {
    cwd: SEALED_FOLDER,
    stdio: ["inherit", "inherit", "inherit"],
  })
  const end = () => child.kill("SIGTERM")
  signal.addEventListener("abort", end)
  onStarted()
  try {
    return await child.exited
  } finally {
    signal.removeEventListener("abort", end)
  }
}

function commandLine(env: Env, command: readonly string[]): readonly string[] {
  // The answer says by which way it came.
  const channel = command[0] === "supervise" ? ["--channel", "dashboard"] : []
  return hostProgram(process.execPath, "bot-bottle", `--from=${env.cwd}`, ...command, ...channel)
}

function wordsOf(
  stdout: string,
  stderr: string,
  exitCode: number,
): { readonly message: string; readonly hint: string | null } {
  const lineWith = (start: string) =>
    stderr
      .split("\n")
      .find((line) => line.startsWith(start))
      ?.slice(start.length)
  if (exitCode === 0) return { message: lastLine(stdout) ?? "done", hint: null }
  const message = lineWith("bot-bottle: error: ") ?? lastLine(stderr) ?? `it ended with exit code ${exitCode}`
  return { message, hint: lineWith("bot-bottle: hint: ") ?? null }
}

function lastLine(text: string): string | undefined {
  return text.trim().split("\n").at(-1) || undefined
}
