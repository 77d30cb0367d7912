// The command line of bot-bottle, as its launcher bin/bot-bottle starts it. The only place that
// catches what went wrong, words it for the operator and chooses the exit code.

import { takeCallerFolder } from "./caller-folder.ts"
import { readEnv } from "./env.ts"
import { wordProblem } from "./format-problem.ts"
import { runProgram } from "./program/program.ts"
import { finishOutput } from "./terminal/finish-output.ts"
import { createScreen } from "./terminal/screen.ts"
import { wrapText } from "./terminal/wrap-text.ts"

/** As a program that SIGPIPE ends. Bun ignores that signal, so the error arrives here. */
const READER_GONE_EXIT_CODE = 141
for (const stream of [process.stdout, process.stderr]) {
  stream.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code === "EPIPE") process.exit(READER_GONE_EXIT_CODE)
    // A closed terminal. SIGHUP has said so, and whoever listens for it ends the run in order.
    if (error.code !== "EIO") throw error
  })
}

void main()

async function main(): Promise<never> {
  const exitCode = await run()
  // A pipe takes what we wrote in its own time; leaving before that cuts the last lines off.
  await Promise.all([finishOutput(process.stdout), finishOutput(process.stderr)])
  process.exit(exitCode)
}

async function run(): Promise<number> {
  let root = "bot-bottle's root"
  try {
    const { argv, execArgv } = process
    const { folder, args } = takeCallerFolder({ args: argv.slice(2), execArgv, cwd: process.cwd() })
    const env = readEnv(folder)
    root = env.root
    return await runProgram(args, { env, screen: createScreen(env) })
  } catch (error) {
    return await explain(error, root)
  }
}

async function explain(error: unknown, root: string): Promise<number> {
  const { message, hint, exitCode } = await wordProblem(error, root)
  const width = process.stderr.isTTY === true && process.stderr.columns > 0 ? process.stderr.columns : Infinity
  const lines = [`bot-bottle: error: ${message}`, ...(hint === undefined ? [] : [`bot-bottle: hint: ${hint}`])]
  for (const line of lines.flatMap((text) => text.split("\n"))) {
    for (const part of wrapText(line, { width, hang: 2 })) console.error(part)
  }
  return exitCode
}
