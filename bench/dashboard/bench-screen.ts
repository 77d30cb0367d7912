// Measures the screen's process without a watcher: bytes, CPU and memory while every row of fifty
// runs changes, and how long a key waits on a slow link.

import { cpuMs, quantile, residentKb } from "./measure.ts"
import { openScreenAlone } from "./screen-alone.ts"

export interface ScreenBenchOptions {
  readonly seconds: number
}

/** Of a synchronized update. */
const BEGIN_FRAME = "\x1b[?2026h"
const SLOW_BYTES_PER_SECOND = 2_000
const SIZES = [
  [140, 60],
  [80, 24],
] as const

export async function benchScreenAlone({ seconds }: ScreenBenchOptions): Promise<void> {
  await benchFullFrame()
  for (const [columns, rows] of SIZES)
    for (const perSecond of [4, 10]) await benchChanges({ columns, rows, perSecond, seconds })
  await benchSlowLink(seconds)
}

/** Ages change beside it, each in a frame of its own; the largest is the whole screen. */
async function benchFullFrame(): Promise<void> {
  await using screen = openScreenAlone({ columns: 100, rows: 30, bytesPerSecond: undefined })
  await untilQuiet(screen.bytes)
  const before = screen.text().length
  screen.press("\x0c")
  await untilQuiet(screen.bytes)
  const frames = screen.text().slice(before).split(BEGIN_FRAME)
  const most = Math.max(...frames.map(({ length }) => length)) + BEGIN_FRAME.length
  console.log(`100x30 full frame: ${most} bytes; ${before} at the start`)
}

/** RSS every fifteen seconds while all rows change ten times a second. */
export async function benchMemory(minutes: number): Promise<void> {
  await using screen = openScreenAlone({ columns: 140, rows: 60, bytesPerSecond: undefined })
  const timer = setInterval(() => screen.changeAllRuns(), 100)
  const seen: number[] = []
  const endMs = performance.now() + minutes * 60_000
  while (performance.now() < endMs) {
    await Bun.sleep(15_000)
    seen.push(Math.round(residentKb(screen.pid) / 1_024))
  }
  clearInterval(timer)
  console.log(`140x60, 50 rows change 10 times a second for ${minutes} minutes, RSS in MB: ${seen.join(" ")}`)
}

interface ChangesOptions extends ScreenBenchOptions {
  readonly columns: number
  readonly rows: number
  readonly perSecond: number
}

async function benchChanges({ columns, rows, perSecond, seconds }: ChangesOptions): Promise<void> {
  await using screen = openScreenAlone({ columns, rows, bytesPerSecond: undefined })
  await untilQuiet(screen.bytes)
  const timer = setInterval(() => screen.changeAllRuns(), 1_000 / perSecond)
  // Warm first: the code that draws is compiled while it is used.
  await Bun.sleep(Math.min(5_000, seconds * 500))
  const from = { bytes: screen.bytes(), cpu: cpuMs(screen.pid), rss: residentKb(screen.pid), at: performance.now() }
  await Bun.sleep(seconds * 1_000)
  const ms = performance.now() - from.at
  const cpu = cpuMs(screen.pid) - from.cpu
  clearInterval(timer)
  const megabytes = (kb: number) => (kb / 1_024).toFixed(0)
  console.log(
    `${columns}x${rows}, 50 rows change ${perSecond} times a second: ${(((screen.bytes() - from.bytes) / ms) * 1_000).toFixed(0)} bytes/s, ${((cpu / ms) * 100).toFixed(1)} % CPU, ${(cpu / ((ms / 1_000) * perSecond)).toFixed(1)} ms CPU a change; RSS ${megabytes(from.rss)} MB, ${megabytes(residentKb(screen.pid))} MB after ${Math.round(ms / 1_000)} s`,
  )
}

/** A key that moves the selection is answered with the place where the operator is then. */
async function benchSlowLink(seconds: number): Promise<void> {
  await using screen = openScreenAlone({ columns: 80, rows: 24, bytesPerSecond: SLOW_BYTES_PER_SECOND })
  await untilQuiet(screen.bytes)
  const timer = setInterval(() => screen.changeAllRuns(), 250)
  const waits: number[] = []
  const endMs = performance.now() + seconds * 1_000
  for (let turn = 0; performance.now() < endMs; turn += 1) {
    const startMs = performance.now()
    const answered = screen.nextPlace()
    screen.press(turn % 20 < 10 ? "j" : "k")
    await answered
    waits.push(performance.now() - startMs)
    await Bun.sleep(50)
  }
  clearInterval(timer)
  const at = (share: number) => Math.round(quantile(waits, share))
  console.log(
    `a link of ${SLOW_BYTES_PER_SECOND} bytes/s, 50 rows 4 times a second: a key waits p50 ${at(0.5)} ms, p99 ${at(0.99)} ms, at most ${at(1)} ms (${waits.length} keys)`,
  )
}

async function untilQuiet(bytes: () => number): Promise<void> {
  let before = -1
  while (bytes() !== before || before === 0) {
    before = bytes()
    await Bun.sleep(700)
  }
}
