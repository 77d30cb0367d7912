// The dashboard over a link of 2 KB a second whose answers take 1.5 s. Frames are left out, none is
// torn, keys are taken, and the terminal is restored at the end.

import { expect, test } from "bun:test"
import { mkdirSync } from "node:fs"
import { join } from "node:path"
import { runFolders } from "@bot-bottle/contracts"
import { writeLaunchRecord } from "@bot-bottle/control"
import { identifyProcess } from "@bot-bottle/kernel"
import { openLedger } from "@bot-bottle/ledger"
import { sampleBudgets, sampleLimit, sampleRequest, sampleRun, sampleSettlement } from "@bot-bottle/ledger/testing"
import { CLI, openCliHost } from "../cli/cli-host.ts"
import { openSlowTerminal, type SlowTerminal } from "./slow-terminal.ts"

const LINK = { columns: 80, rows: 24, bytesPerSecond: 2_000, answerAfterMs: 1_500 }
const RUNS = 12
const DEADLINE_MS = 120_000

test(
  "2 KB a second, answers after 1.5 s: the picture is whole, keys are taken, and q restores the terminal",
  async () => {
    await using host = await openBusyHost()
    await using terminal = openSlowTerminal([...CLI, "dashboard"], { ...LINK, env: host.env })
    await terminal.until("the first picture", (screen) => screen.includes(`${RUNS} running`))

    for (let turn = 0; turn < 20; turn += 1) {
      await host.spendOnAll()
      terminal.press("j")
    }
    await terminal.untilQuiet()
    const piecemeal = withoutAges(terminal.screen())
    terminal.press("\x0c")
    await terminal.untilQuiet()
    expect(piecemeal).toEqual(withoutAges(terminal.screen()))
    // Every key was taken: the last row is selected.
    expect(selectedRun(terminal)).toBe("run 0")
    // Escape and the key behind it, in one packet, are two keys.
    terminal.press("?")
    await terminal.until("the help", (screen) => screen.includes("act on the selected run"))
    terminal.press("\x1bg")
    await terminal.until("the first row", () => selectedRun(terminal) === `run ${RUNS - 1}`)

    terminal.press("q")
    expect(await terminal.exited).toBe(0)
    await terminal.untilQuiet()
    expect(terminal.isAlternate()).toBe(false)
    expect(terminal.typedAhead()).toBe("")
    expect(await terminal.mode()).toMatch(/ icanon .* echo /s)
  },
  DEADLINE_MS,
)

function selectedRun(terminal: SlowTerminal): string | undefined {
  return /^▌ +(run \d+)/m.exec(terminal.screen())?.[1]
}

/** The clock, and how long ago something was, change by themselves. */
function withoutAges(screen: string): string {
  return screen
    .replace(/\d\d:\d\d(:\d\d)?/g, "clock")
    .replace(/ +(?:now|\d+[smh])(?= |$)/gm, " age")
    .replace(/ +[\d.]+k?\/min/g, " pace")
    .replace(/ +[\d.]+k? [ ▁-█]+/g, " pace ")
}

/** Live runs whose launcher is this process. */
async function openBusyHost() {
  const host = await openCliHost()
  const ledger = await openLedger(join(host.root, "bot-bottle.db"))
  const launcher = identifyProcess(process.pid)
  if (launcher === undefined) throw new Error("This process has no identity")
  const startedAtMs = Date.now() - 60_000
  const runs = Array.from({ length: RUNS }, (_, index) => {
    const slug = `run-${index}-abcde`
    const limit = sampleLimit(9e7, { scope: { kind: "run", key: slug }, source: "flag" })
    return { slug, budgets: sampleBudgets(slug, { declared: [limit] }), startedAtMs: startedAtMs + index }
  })
  for (const [index, { slug, budgets, startedAtMs: atMs }] of runs.entries()) {
    mkdirSync(runFolders(host.root, slug).egress, { recursive: true, mode: 0o700 })
    writeLaunchRecord(host.root, slug, { budgets })
    await ledger.createRun(sampleRun(slug, { label: `run ${index}`, startedAtMs: atMs, launcher, proxy: launcher }))
  }
  return {
    env: host.env,
    async spendOnAll() {
      for (const { slug, budgets } of runs) {
        const id = Bun.randomUUIDv7()
        await ledger.reserve(sampleRequest(id, slug, budgets))
        await ledger.settle(id, sampleSettlement({ inputTokens: 700, outputTokens: 300 }))
      }
    },
    async [Symbol.asyncDispose]() {
      await ledger.close()
      await host[Symbol.asyncDispose]()
    },
  }
}
