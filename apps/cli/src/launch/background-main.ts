// The launcher of a run in the background. Told once what to launch, it says what happens until
// the agent runs; from then on nobody listens, and what there is to say goes to the transcript.

import { SEALED_FOLDER } from "@bot-bottle/contracts"
import { readEnv } from "../env.ts"
import type { Host } from "../host.ts"
import { wordProblem } from "../problem-words.ts"
import { createPaint } from "../terminal/paint.ts"
import type { BackgroundOrder, BackgroundWord } from "./background-words.ts"
import { linesOf } from "./lines.ts"

// The order names the operator's folder.
const env = readEnv(SEALED_FOLDER)
let isHeard = true
// Whoever started us may be gone.
process.stdout.on("error", () => {})
process.stderr.on("error", () => {})

let exitCode = 1
try {
  const order = await readOrder()
  const { launchInBackground } = await import("./launch-in-background.ts")
  exitCode = await launchInBackground(hostOf(order), order, (slug) => {
    say({ kind: "running", slug })
    isHeard = false
  })
  say({ kind: "ended", exitCode })
} catch (error) {
  say({ kind: "problem", ...(await wordProblem(error, env.root)) })
}
await new Promise<void>((done) => void process.stdout.write("", () => done()))
process.exit(exitCode)

function say(word: BackgroundWord): void {
  if (isHeard) process.stdout.write(`${JSON.stringify(word)}\n`)
}

async function readOrder(): Promise<BackgroundOrder> {
  const lines = linesOf(Bun.stdin.stream())
  const first = await lines.next()
  // Never told anything: whoever started us left.
  if (first.done === true) process.exit(0)
  void lines.next().then(() => {
    // Its end before the agent runs is ours.
    if (isHeard) process.kill(process.pid, "SIGTERM")
  })
  return JSON.parse(first.value) as BackgroundOrder
}

function hostOf({ cwd }: BackgroundOrder): Host {
  const note = (line: string) => say({ kind: "note", line })
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
      note,
    },
  }
}
