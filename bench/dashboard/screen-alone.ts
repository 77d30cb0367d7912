// The screen's process alone, on a terminal of this bench's own: no ledger and no watcher, so that a
// busy machine disturbs it less. The terminal is read at once, or as slowly as a bad link.

import { type HostEvent, hostProgram, type ScreenOrder, SEALED_FOLDER } from "@bot-bottle/contracts"
import { openTerminalPair } from "@bot-bottle/testkit"
import { SAMPLE_NOW_MS, sampleEvents } from "@bot-bottle/view/testing"

export interface ScreenAlone extends AsyncDisposable {
  readonly pid: number
  /** Read from the terminal so far. */
  bytes(): number
  text(): string
  press(key: string): void
  /** Resolves when the screen has said where the operator is now. */
  nextPlace(): Promise<void>
  /** Every run of the sample changes: pace, budget, denials. */
  changeAllRuns(): void
}

export interface ScreenAloneOptions {
  readonly columns: number
  readonly rows: number
  /** Bytes a second that the terminal takes; undefined: all at once. */
  readonly bytesPerSecond: number | undefined
}

const READ_EVERY_MS = 20
const RUNS = 50

export function openScreenAlone({ columns, rows, bytesPerSecond }: ScreenAloneOptions): ScreenAlone {
  const pair = openTerminalPair({ columns, rows })
  const waiting: (() => void)[] = []
  const child = Bun.spawn([...hostProgram(process.execPath, "screen")], {
    cwd: SEALED_FOLDER,
    env: { PATH: process.env["PATH"] ?? "", TERM: "xterm-256color", COLORTERM: "truecolor", LANG: "C.UTF-8" },
    stdio: [pair.slave, pair.slave, pair.slave],
    serialization: "json",
    ipc(message: { readonly kind?: unknown }) {
      if (message.kind === "place") waiting.shift()?.()
    },
  })
  const send = (order: ScreenOrder) => child.send(order)
  const setup = { theme: "dark", guess: "dark", glyphs: "unicode", mouse: false, keys: {}, commands: [] } as const
  send({ kind: "setup", ...setup, place: null })
  const shiftMs = Date.now() - SAMPLE_NOW_MS
  send({ kind: "events", events: [...sampleEvents({ runs: RUNS, nowMs: SAMPLE_NOW_MS + shiftMs })] })

  let bytes = 0
  let text = ""
  const most = bytesPerSecond === undefined ? 1024 * 1024 : Math.max(1, (bytesPerSecond * READ_EVERY_MS) / 1_000)
  const timer = setInterval(() => {
    const chunk = Buffer.from(pair.read(Math.round(most))).toString("latin1")
    bytes += chunk.length
    if (text.length < 400_000) text += chunk
  }, READ_EVERY_MS)
  let turn = 0
  return {
    pid: child.pid,
    bytes: () => bytes,
    text: () => text,
    press: pair.type,
    nextPlace: () => new Promise((resolve) => waiting.push(resolve)),
    changeAllRuns() {
      turn += 1
      send({ kind: "events", events: [...changesOf(turn, Date.now())] })
    },
    async [Symbol.asyncDispose]() {
      clearInterval(timer)
      child.kill("SIGKILL")
      await child.exited
      pair[Symbol.dispose]()
    },
  }
}

/** Every run of the sample at its next turn. */
export function changesOf(turn: number, nowMs: number): readonly HostEvent[] {
  const at = new Date(nowMs).toISOString()
  const snapshot = sampleEvents({ runs: RUNS }).find((event) => event.kind === "snapshot")
  if (snapshot?.kind !== "snapshot") return []
  const stamp = { v: 1, cursor: `c${turn}`, at } as const
  return [
    ...snapshot.runs.flatMap((run, index): HostEvent[] => {
      const used = (turn * 7_919 + index * 31_337) % 1_900_000
      const budgets = run.budgets.map((budget) => ({ ...budget, limit: 2_000_000, used, reserved: 0 }))
      const target = { reason: "host-not-allowed", method: null, host: "a.example", port: 443, path: null } as const
      return [
        { ...stamp, kind: "run", ...run, budgets, status: "running" },
        { ...stamp, kind: "denied", slug: run.slug, ...target, count: turn },
      ]
    }),
    { ...stamp, kind: "tick", past_runs: 9_874 },
  ]
}
