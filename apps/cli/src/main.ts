#!/usr/bin/env -S bun --no-env-file --config=/dev/null
// The command line of bot-bottle. The only place that catches what went wrong, words it for
// the operator and chooses the exit code.

import { OperatorProblem } from "@bot-bottle/contracts"
import { readEnv } from "./env.ts"
import { runProgram } from "./program.ts"
import { createScreen } from "./terminal/screen.ts"

const env = readEnv()
const screen = createScreen(env)

let exitCode: number
try {
  exitCode = await runProgram(process.argv.slice(2), { env, screen })
} catch (error) {
  exitCode = await explain(error)
}
// A pipe takes what we wrote in its own time; leaving before that cuts the last lines off.
await Promise.all([drained(process.stdout), drained(process.stderr)])
process.exit(exitCode)

async function explain(error: unknown): Promise<number> {
  if (error instanceof OperatorProblem) {
    complain(error.message, error.hint)
    return error.exitCode
  }
  const { LedgerUnavailable } = await import("@bot-bottle/ledger")
  if (error instanceof LedgerUnavailable) {
    complain(error.message, "run 'bot-bottle doctor' to see what is wrong with the ledger")
    return 1
  }
  if (isDiskFull(error)) {
    complain(`no space is left on the disk of ${env.root}: ${error.message}`, "free some space; nothing is lost")
    return 1
  }
  complain(`bug in bot-bottle: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`, undefined)
  return 1
}

function complain(message: string, hint: string | undefined): void {
  console.error(`bot-bottle: error: ${message}`)
  if (hint !== undefined) console.error(`bot-bottle: hint: ${hint}`)
}

function isDiskFull(error: unknown): error is Error {
  return error instanceof Error && "code" in error && (error.code === "ENOSPC" || error.code === "EDQUOT")
}

function drained(stream: NodeJS.WriteStream): Promise<void> {
  return new Promise((done) => {
    if (stream.writableLength === 0) done()
    else stream.write("", () => done())
  })
}
