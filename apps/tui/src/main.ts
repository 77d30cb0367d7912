// The screen's process: started by `bot-bottle dashboard` with the operator's terminal, told
// everything over the channel it was started with.
//
// Any error ends it: a library that catches an error and continues would leave a dead picture. The
// process that started it restores the terminal when this one could not.

import type { ScreenIntent, ScreenOrder } from "@bot-bottle/contracts"
import { screenOrderSchema } from "@bot-bottle/contracts/messages/screen"
import { checkMessage } from "@bot-bottle/contracts/messages/shapes/parse-message"
import { createDrawPace } from "./draw-pace.ts"
import { readTerminalEnvironment } from "./env.ts"
import { type OpenCanvas, openCanvas } from "./open-canvas.ts"
import { createScreenSession, type ScreenSession } from "./screen-session.ts"

const FRAME_MS = 150
const PAINT_MS = 20
const AGES_MS = 1_000

let canvas: OpenCanvas | undefined
let session: ScreenSession | undefined
const pace = createDrawPace({
  everyMs: FRAME_MS,
  nowMs: () => performance.now(),
  after: (ms, work) => void setTimeout(work, ms),
  draw: () => session?.draw(),
})
let isEnding = false

process.on("uncaughtException", (error) => void leave(1, error))
process.on("unhandledRejection", (error) => void leave(1, error))
// The library reports what it could not read on the console, and the console is the picture.
for (const name of ["log", "info", "warn", "error", "debug"] as const) console[name] = () => {}
process.on("disconnect", () => void leave(1))
for (const signal of ["SIGTERM", "SIGHUP"] as const) process.on(signal, () => void leave(0))
// Keys of the terminal while a command of ours has it: they are that command's.
for (const signal of ["SIGINT", "SIGQUIT"] as const) process.on(signal, () => {})

// One after the other: an order waits until the one before it has been carried out.
let earlier: Promise<void> = Promise.resolve()
process.on("message", (value: unknown) => {
  earlier = earlier.then(() => take(value))
  earlier.catch((error: unknown) => leave(1, error))
})

async function take(value: unknown): Promise<void> {
  const parsed = checkMessage(screenOrderSchema, value)
  if (parsed.outcome === "invalid") throw new Error(`An order of the watcher is invalid: ${parsed.problem}`)
  const order = parsed.message
  if (order.kind === "setup" && session === undefined) {
    session = await open(order)
    send({ kind: "ready" })
  }
  if (order.kind === "quit" && session === undefined) return leave(0)
  await session?.take(order)
  if (order.kind !== "events") return
  if (!order.events.some(({ kind }) => kind === "snapshot")) return pace.request()
  // The screen paints live runs before it parses the thousands of requests behind them.
  session?.draw()
  pace.drawn()
  await Bun.sleep(PAINT_MS)
}

async function open(setup: Extract<ScreenOrder, { readonly kind: "setup" }>): Promise<ScreenSession> {
  const { theme, guess, mouse, glyphs } = setup
  canvas = await openCanvas(
    { theme, guess, mouse, environment: readTerminalEnvironment() },
    {
      onKey: (key) => session?.press(key),
      onPaste: (text) => session?.paste(text),
      onClick: (column, row) => session?.click(column, row),
      onScroll: (direction) => session?.scroll(direction),
      onResize: () => session?.draw(),
      onDestroyed: () => void leave(0),
    },
  )
  setInterval(() => pace.request(), AGES_MS)
  return createScreenSession(canvas, {
    glyphs,
    nowMs: () => Date.now(),
    zoneOffsetMs: (nowMs) => -new Date(nowMs).getTimezoneOffset() * 60_000,
    send,
    onQuit: () => void leave(0),
  })
}

function send(intent: ScreenIntent): void {
  process.send?.(intent)
}

async function leave(exitCode: number, error?: unknown): Promise<void> {
  if (isEnding) return
  isEnding = true
  try {
    await canvas?.close()
  } catch {
    // The process that started us restores the terminal.
  }
  if (error !== undefined) {
    process.stderr.write(`${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`)
  }
  process.exit(exitCode)
}
