#!/usr/bin/env -S bun --no-env-file --config=/dev/null
// The command line of bot-bottle. The only place that catches what went wrong, words it for
// the operator and chooses the exit code.

import { readEnv } from "./env.ts"
import { wordProblem } from "./problem-words.ts"
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
  const { message, hint, exitCode } = await wordProblem(error, env.root)
  console.error(`bot-bottle: error: ${message}`)
  if (hint !== undefined) console.error(`bot-bottle: hint: ${hint}`)
  return exitCode
}

function drained(stream: NodeJS.WriteStream): Promise<void> {
  return new Promise((done) => {
    if (stream.writableLength === 0) done()
    else stream.write("", () => done())
  })
}
