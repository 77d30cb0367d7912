// The command line of bot-bottle, as its launcher bin/bot-bottle starts it. The only place that
// catches what went wrong, words it for the operator and chooses the exit code.

import { endWithReader, finishOutputOnceAsked } from "@bot-bottle/kernel"
import { takeCallerFolder } from "./caller-folder.ts"
import { askedToEnd, endForGoneReader, exitCodeFor } from "./ending-signals.ts"
import { type Env, readEnv } from "./env.ts"
import { wordProblem } from "./format-problem.ts"
import { runProgram } from "./program/program.ts"
import { OWN_NAME, wrapCalled } from "./terminal/own-call.ts"
import { createScreen } from "./terminal/screen.ts"

endWithReader(endForGoneReader, process.stdout, process.stderr)

void main()

async function main(): Promise<never> {
  const exitCode = await run()
  await finishOutputOnceAsked(askedToEnd, process.stdout, process.stderr)
  process.exit(exitCodeFor(exitCode))
}

async function run(): Promise<number> {
  let root = "bot-bottle's root"
  let call = OWN_NAME
  try {
    const { argv, execArgv } = process
    const { folder, args } = takeCallerFolder({ args: argv.slice(2), execArgv, cwd: process.cwd() })
    const env = readEnv(folder)
    root = env.root
    call = env.call
    return await runProgram(args, { env, screen: createScreen(env) })
  } catch (error) {
    return await explain(error, { root, call })
  }
}

async function explain(error: unknown, { root, call }: Pick<Env, "root" | "call">): Promise<number> {
  const { message, hint, exitCode } = await wordProblem(error, root)
  const width = process.stderr.isTTY === true && process.stderr.columns > 0 ? process.stderr.columns : Infinity
  const lines = [`bot-bottle: error: ${message}`, ...(hint === undefined ? [] : [`bot-bottle: hint: ${hint}`])]
  for (const line of lines.flatMap((text) => text.split("\n"))) {
    for (const part of wrapCalled(line, { width, hang: 2, call })) console.error(part)
  }
  return exitCode
}
