// The process behind `bot-bottle demo`: it holds the stand-in provider, which no other command loads.
//
//   main.ts [--color] [--call=WORDS]    WORDS: how a shell finds bot-bottle, such as `npx bot-bottle`

import { OperatorProblem } from "@bot-bottle/contracts"
import { StopRequest } from "@bot-bottle/control"
import { readDemoEnv } from "./env.ts"
import { runDemo } from "./run-demo.ts"
import { createDemoScreen } from "./screen.ts"

const stop = new AbortController()
for (const [name, number] of [
  ["SIGINT", 2],
  ["SIGTERM", 15],
  ["SIGHUP", 1],
] as const)
  process.on(name, () => stop.abort(new StopRequest(name, 128 + number)))

const CALL = "--call="

/** As a program that SIGPIPE ends. */
const READER_GONE_EXIT_CODE = 141
// A reader that has left ends the demo as a signal does: what it made is removed first.
process.stdout.on("error", () => stop.abort(new StopRequest("the end of its reader", READER_GONE_EXIT_CODE)))

void main()

async function main(): Promise<void> {
  const { stdout } = process
  const call = Bun.argv.find((word) => word.startsWith(CALL))?.slice(CALL.length) ?? "bot-bottle"
  const screen = createDemoScreen({
    hasColor: Bun.argv.includes("--color"),
    width: stdout.isTTY === true && stdout.columns > 0 ? stdout.columns : Infinity,
    write: (text) => void stdout.write(text),
  })
  process.exitCode = await runDemo({ ...readDemoEnv(), call }, screen, stop.signal).catch((error: unknown) => {
    if (!(error instanceof OperatorProblem)) throw error
    console.error(`bot-bottle: error: ${error.message}`)
    if (error.hint !== undefined) console.error(`bot-bottle: hint: ${error.hint}`)
    return error.exitCode
  })
  if (stop.signal.reason instanceof StopRequest) process.exitCode = stop.signal.reason.exitCode
}
