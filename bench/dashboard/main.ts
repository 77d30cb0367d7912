// Measures the dashboard on a busy host: 50 live runs, 10 000 past ones, a million requests.
//
//   bun bench/dashboard/main.ts            about eight minutes
//   bun bench/dashboard/main.ts --smoke    everything once, small
//   bun bench/dashboard/main.ts --screen   the screen's process alone, without host and watcher
//   bun bench/dashboard/main.ts --host     without the screen alone
//   bun bench/dashboard/main.ts --frame    the first frame alone
//   bun bench/dashboard/main.ts --memory   the memory of the screen's process over seven minutes
//
// `--cli=PATH` measures another form than the sources: an npm installation's, or the single binary.

import { readFileSync } from "node:fs"
import { fileURLToPath } from "node:url"
import { linesOf } from "@bot-bottle/contracts"
import { hostEventSchema, MAX_HOST_EVENT } from "@bot-bottle/contracts/messages/host-event"
import { parseMessage } from "@bot-bottle/contracts/messages/shapes/parse-message"
import { identifyProcess, listDescendants, pidOf } from "@bot-bottle/kernel"
import { Terminal } from "@xterm/headless"
import { benchPictures } from "./bench-paint.ts"
import { benchMemory, benchScreenAlone } from "./bench-screen.ts"
import { type BusyHost, openBusyHost } from "./busy-host.ts"
import { cpuMs, quantile } from "./measure.ts"

const isSmoke = process.argv.includes("--smoke")
const size = isSmoke ? { live: 5, past: 50, requests: 2_000 } : { live: 50, past: 10_000, requests: 1_000_000 }
const seconds = isSmoke ? 2 : 20
const CLI =
  process.argv.find((word) => word.startsWith("--cli="))?.slice("--cli=".length) ??
  fileURLToPath(import.meta.resolve("bot-bottle/bin/bot-bottle"))
const isFrameOnly = process.argv.includes("--frame")
const PER_SECOND = 20

if (process.argv.includes("--memory")) {
  await benchMemory(7)
  process.exit(0)
}
if (!isFrameOnly) await benchPictures()
if (!process.argv.includes("--host") && !isFrameOnly) await benchScreenAlone({ seconds: isSmoke ? 1 : 20 })
if (process.argv.includes("--screen")) process.exit(0)
await using host = await openBusyHost(size)
console.log(`host: ${size.live} live runs, ${size.past} past, ${size.requests} requests`)
await benchFirstFrame(host)
if (!isFrameOnly) {
  await benchLatency(host)
  await benchScreen(host, { columns: 140, rows: 60 })
}
if (!isFrameOnly && !isSmoke) await benchScreen(host, { columns: 80, rows: 24 })

/** Beside the start of the smallest command, round by round: the ratio carries over to a machine that is not busy. */
async function benchFirstFrame(on: BusyHost): Promise<void> {
  const helps: number[] = []
  const frames: number[] = []
  for (let round = 0; round < (isSmoke ? 2 : 9); round += 1) {
    const startMs = performance.now()
    await Bun.spawn([CLI, "--help"], { env: environment(on), stdout: "ignore" }).exited
    helps.push(performance.now() - startMs)
    frames.push(await firstFrameMs(on))
  }
  const [help, frame] = [quantile(helps, 0.5), quantile(frames, 0.5)]
  console.log(
    `exec to the first full frame: median ${Math.round(frame)} ms, best ${Math.round(Math.min(...frames))} ms; --help: median ${Math.round(help)} ms, best ${Math.round(Math.min(...helps))} ms; ratio ${(frame / help).toFixed(1)}`,
  )
}

/** In a terminal that answers questions: the screen's library waits a second for one that does not. */
async function firstFrameMs(on: BusyHost): Promise<number> {
  const emulator = new Terminal({ cols: 140, rows: 60, allowProposedApi: true, scrollback: 0 })
  let shown = ""
  const startMs = performance.now()
  const child = Bun.spawn([CLI, "dashboard"], {
    env: { ...environment(on), TERM: "xterm-256color", LANG: "C.UTF-8", COLORTERM: "truecolor" },
    terminal: {
      cols: 140,
      rows: 60,
      data(_, chunk) {
        shown += Buffer.from(chunk).toString()
        emulator.write(new Uint8Array(chunk))
      },
    },
  })
  emulator.onData((answer) => child.terminal?.write(answer))
  // The title of the terminal says it first, the picture after it.
  while (shown.split("running").length < 4) await Bun.sleep(1)
  const ms = performance.now() - startMs
  child.terminal?.write("q")
  await child.exited
  emulator.dispose()
  return ms
}

/** From the ledger's own time of a reservation to the line that says it. */
async function benchLatency(on: BusyHost): Promise<void> {
  const child = Bun.spawn([CLI, "events", "--json"], { env: environment(on), stdout: "pipe", stderr: "inherit" })
  const delays: number[] = []
  const seen = new Set<string>()
  let isLive = false
  const reading = (async () => {
    for await (const line of linesOf(child.stdout, { maxLength: MAX_HOST_EVENT, unfinished: "dropped" })) {
      const parsed = parseMessage(hostEventSchema, line, { maxLength: MAX_HOST_EVENT })
      if (parsed.outcome === "invalid") throw new Error(`An event is invalid: ${parsed.problem}`)
      const event = parsed.message
      if (event.kind === "tick") isLive = true
      if (event.kind === "request" && isLive) seen.add(event.id)
      if (event.kind === "request" && event.status === "reserved" && isLive)
        delays.push(Date.now() - Date.parse(event.started_at))
    }
  })()
  while (!isLive) await Bun.sleep(50)
  const made = await on.spend(PER_SECOND, seconds * 1_000)
  const waitedFromMs = performance.now()
  while (seen.size < made && performance.now() - waitedFromMs < 10_000) await Bun.sleep(50)
  child.kill()
  await reading
  console.log(
    `reserved to event, ${PER_SECOND} a second: p50 ${quantile(delays, 0.5)} ms, p99 ${quantile(delays, 0.99)} ms; ${seen.size} of ${made} seen`,
  )
}

async function benchScreen(on: BusyHost, { columns, rows }: { columns: number; rows: number }): Promise<void> {
  let bytes = 0
  let shown = ""
  /** Every sign of an open request that was written. */
  let marks = ""
  const decoder = new TextDecoder()
  const child = Bun.spawn([CLI, "dashboard"], {
    env: { ...environment(on), TERM: "xterm-256color", LANG: "C.UTF-8", COLORTERM: "truecolor" },
    terminal: {
      cols: columns,
      rows,
      data(terminal, chunk) {
        bytes += chunk.length
        const text = decoder.decode(chunk, { stream: true })
        if (shown.length < 400_000) shown += text
        marks += text.replace(/[^\u2264]/g, "")
        // The one question that the dashboard waits for at its end.
        if (Buffer.from(chunk).includes("\x1b[5n")) terminal.write("\x1b[0n")
      },
    },
  })
  while (!shown.includes("running")) await Bun.sleep(2)
  // Ages stand still once everything is older than a minute.
  await Bun.sleep(isSmoke ? 500 : 66_000)
  const pids = processesOf(child.pid)
  const idle = await measured(
    pids,
    () => Bun.sleep(seconds * 1_000),
    () => bytes,
  )
  const busy = await measured(
    pids,
    () => on.spend(PER_SECOND, seconds * 1_000),
    () => bytes,
  )
  const pss = pids.map(pssOf)
  const delays: number[] = []
  // A low screen has no preview.
  const turns = rows < 40 ? 0 : isSmoke ? 3 : 30
  for (let turn = 0; turn < turns; turn += 1) {
    // The preview of the selected run, the newest, shows an open request with what it may cost.
    const reserved = on.reserveOne()
    const at = marks.length
    const startMs = performance.now()
    while (!marks.slice(at).includes("\u2264") && performance.now() - startMs < 5_000) await Bun.sleep(1)
    delays.push(performance.now() - startMs)
    await (await reserved).settle()
    await Bun.sleep(700)
  }
  child.terminal?.write("q")
  await child.exited
  const row = (name: string, { cpu, bytesPerSecond }: Measured) =>
    console.log(
      `${columns}x${rows} ${name}: watcher ${cpu[0]?.toFixed(1)} % + screen ${cpu[1]?.toFixed(1)} % CPU, ${Math.round(bytesPerSecond)} bytes/s`,
    )
  if (turns > 0)
    console.log(
      `${columns}x${rows} reserve called, to the terminal's bytes: p50 ${Math.round(quantile(delays, 0.5))} ms, p99 ${Math.round(quantile(delays, 0.99))} ms`,
    )
  row("idle", idle)
  row(`${PER_SECOND} requests/s`, busy)
  console.log(`${columns}x${rows} PSS: watcher ${pss[0]?.toFixed(0)} + screen ${pss[1]?.toFixed(0)} MB`)
}

interface Measured {
  /** Percent of one core, by process. */
  readonly cpu: readonly number[]
  readonly bytesPerSecond: number
}

async function measured(pids: readonly number[], work: () => Promise<unknown>, bytes: () => number): Promise<Measured> {
  const before = pids.map(cpuMs)
  const beforeBytes = bytes()
  const startMs = performance.now()
  await work()
  const ms = performance.now() - startMs
  return {
    cpu: pids.map((pid, index) => ((cpuMs(pid) - (before[index] ?? 0)) / ms) * 100),
    bytesPerSecond: ((bytes() - beforeBytes) / ms) * 1_000,
  }
}

/** The watcher, then the screen. */
function processesOf(pid: number): readonly number[] {
  const identity = identifyProcess(pid)
  const all = [pid, ...(identity === undefined ? [] : listDescendants(identity).map(pidOf))]
  const programOf = (each: number) => readFileSync(`/proc/${each}/cmdline`, "utf8")
  // Its own launcher became the watcher.
  const screen = all.find((each) => each !== pid && /apps\/tui\/src\/main|screen\.js|=screen/.test(programOf(each)))
  if (screen === undefined) throw new Error("The dashboard has no screen")
  return [pid, screen]
}

function pssOf(pid: number): number {
  return Number(/^Pss:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/smaps_rollup`, "utf8"))?.[1] ?? 0) / 1_024
}

function environment(on: BusyHost): Record<string, string> {
  return { PATH: process.env["PATH"] ?? "", HOME: on.root, BOT_BOTTLE_HOME: on.root }
}
