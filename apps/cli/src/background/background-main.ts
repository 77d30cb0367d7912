// The launcher of a run in the background. Told once what to launch, it reports what happens until
// the agent runs. From then on only a starter that joins the run listens; the transcript keeps it all.

import {
  type BackgroundOrder,
  type BackgroundReport,
  linesOf,
  OperatorProblem,
  SEALED_FOLDER,
} from "@bot-bottle/contracts"
import { backgroundOrderSchema, MAX_BACKGROUND_MESSAGE } from "@bot-bottle/contracts/messages/background"
import { parseMessage } from "@bot-bottle/contracts/messages/shapes/parse-message"
import { finishOutput } from "@bot-bottle/kernel"
import { readEnv } from "../env.ts"
import { wordProblem } from "../format-problem.ts"
import type { Host } from "../host.ts"
import { createPaint } from "../terminal/paint.ts"

// The order names the operator's folder.
const env = readEnv(SEALED_FOLDER)
/** Until the agent runs or the launch is over: the report of its end is still to be written. */
let endsWithStarter = true
let isHeard = true
// The starter may be gone.
process.stdout.on("error", () => {})
process.stderr.on("error", () => {})

void main()

async function main(): Promise<never> {
  let exitCode = 1
  try {
    const order = await readOrder()
    const { launchInBackground } = await import("./launch-in-background.ts")
    exitCode = await launchInBackground(hostOf(order), order, (slug) => {
      report({ kind: "running", slug })
      endsWithStarter = false
      isHeard = order.joins === true
    })
    endsWithStarter = false
    report({ kind: "ended", exitCode })
  } catch (error) {
    endsWithStarter = false
    report({ kind: "problem", ...(await wordProblem(error, env.root)) })
  }
  await finishOutput(process.stdout)
  process.exit(exitCode)
}

function report(report: BackgroundReport): void {
  if (isHeard) process.stdout.write(`${JSON.stringify(report)}\n`)
}

async function readOrder(): Promise<BackgroundOrder> {
  const lines = linesOf(Bun.stdin.stream(), { maxLength: MAX_BACKGROUND_MESSAGE, unfinished: "dropped" })
  const first = await lines.next()
  // The starter left without an order.
  if (first.done === true) process.exit(0)
  void lines.next().then(() => {
    if (endsWithStarter) process.kill(process.pid, "SIGTERM")
  })
  const order = parseMessage(backgroundOrderSchema, first.value, { maxLength: MAX_BACKGROUND_MESSAGE })
  if (order.outcome === "parsed") return order.message
  throw new OperatorProblem(`the launcher in the background cannot read its order: ${order.problem}`)
}

function hostOf({ cwd }: BackgroundOrder): Host {
  const note = (line: string) => report({ kind: "note", line })
  const paint = createPaint(false)
  return {
    env: { ...env, cwd },
    screen: {
      isTerminal: false,
      isInteractive: false,
      width: Infinity,
      paint,
      notePaint: paint,
      print: note,
      write: () => {},
      called: (text) => text,
      note,
    },
  }
}
