// The cost of the ledger: reserve + settle pairs a second, several processes at once, and a budget
// check with a short and a long history. Prints rates and, what carries over between machines,
// ratios.
//
//   bun bench/ledger.ts            10 k against 1 M request rows
//   bun bench/ledger.ts --huge     10 k against 10 M (some minutes, 4 GB of disk)
//   bun bench/ledger.ts --smoke    everything once, small, under ten seconds

import { closeSync, fsyncSync, mkdtempSync, openSync, rmSync, writeSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import type { RunBudgets, Window } from "@bot-bottle/contracts"
import { type Ledger, openLedger } from "@bot-bottle/ledger"
import {
  fillHistory,
  sampleBudgets,
  sampleLimit,
  sampleRequest,
  sampleRun,
  sampleSettlement,
} from "@bot-bottle/ledger/testing"

type Synchronous = "FULL" | "NORMAL"

const DAY_MS = 86_400_000
const PROCESSES = 8
const IN_FLIGHT = [1, 4, 16] as const
const SLUG = "bench-run"
const [, , mode = "", ...rest] = process.argv
const isSmoke = mode === "--smoke"
const spendMs = isSmoke ? 300 : 3000
const benchBudgets = sampleBudgets(SLUG, { declared: [sampleLimit(1e15)] })

if (mode === "--child") await spendAsChild(rest)
else await benchAll()

async function benchAll(): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), "bot-bottle-bench-"))
  try {
    const synced = syncedWrites(join(folder, "floor"))
    console.log(`floor: this disk takes ${Math.round(synced)} writes of 4 KB with fsync a second`)
    const full = await benchOneProcess(folder, "FULL")
    await benchOneProcess(folder, "NORMAL")
    await benchProcesses(folder, full)
    await benchHistory(folder)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

/** The cost of durability here, without a database. A serial pair is two of these. */
function syncedWrites(path: string): number {
  const file = openSync(path, "w")
  const page = Buffer.alloc(4096, 7)
  const startMs = performance.now()
  let writes = 0
  for (; performance.now() - startMs < spendMs / 3; writes++) {
    writeSync(file, page)
    fsyncSync(file)
  }
  closeSync(file)
  return (writes * 3000) / spendMs
}

/** Pairs a second by how many requests are in flight: writes of one turn share one wait for the disk. */
async function benchOneProcess(folder: string, synchronous: Synchronous): Promise<ReadonlyMap<number, number>> {
  const ledger = await openLedger(join(folder, `one-${synchronous}.db`), { synchronous })
  await ledger.createRun(sampleRun(SLUG))
  const rates = new Map<number, number>()
  for (const inFlight of IN_FLIGHT) rates.set(inFlight, await spend(ledger, SLUG, inFlight, spendMs))
  await ledger.close()
  const target = synchronous === "FULL" ? 4000 : 20_000
  const each = [...rates].map(([inFlight, pairs]) => `${Math.round(pairs)} (${inFlight} in flight)`)
  console.log(`reserve + settle, one process, ${synchronous}: ${each.join(", ")} pairs/s; target ${target}`)
  return rates
}

async function benchProcesses(folder: string, single: ReadonlyMap<number, number>): Promise<void> {
  const path = join(folder, "many.db")
  await (await openLedger(path)).close()
  for (const inFlight of IN_FLIGHT) {
    const argv = (index: number) => [
      process.execPath,
      import.meta.path,
      "--child",
      path,
      `run-${inFlight}-${index}`,
      inFlight,
      spendMs,
    ]
    const children = Array.from({ length: PROCESSES }, (_, index) =>
      Bun.spawn(argv(index).map(String), { stdin: "pipe", stdout: "pipe", stderr: "inherit" }),
    )
    const readers = children.map((child) => child.stdout.getReader())
    await Promise.all(readers.map((reader) => reader.read()))
    for (const child of children) {
      child.stdin.write("go\n")
      child.stdin.end()
    }
    const rates = await Promise.all(
      readers.map(async (reader) => Number(new TextDecoder().decode((await reader.read()).value))),
    )
    await Promise.all(children.map((child) => child.exited))
    const total = rates.reduce((a, b) => a + b, 0)
    const spread = `slowest ${Math.round(Math.min(...rates))}, fastest ${Math.round(Math.max(...rates))}`
    console.log(
      `reserve + settle, ${PROCESSES} processes with ${inFlight} in flight each, FULL: ${Math.round(total)} pairs/s (${spread}); ` +
        `${(total / (single.get(inFlight) ?? 0)).toFixed(2)} of one process doing the same; target 0.5`,
    )
  }
}

async function spendAsChild([path = "", slug = "", inFlight = "1", forMs = "0"]: readonly string[]): Promise<void> {
  const ledger = await openLedger(path)
  await ledger.createRun(sampleRun(slug))
  process.stdout.write("ready\n")
  await Bun.stdin.text()
  const rate = await spend(ledger, slug, Number(inFlight), Number(forMs))
  await ledger.close()
  process.stdout.write(`${rate}\n`)
}

/** Pairs a second. */
async function spend(ledger: Ledger, slug: string, inFlight: number, forMs: number): Promise<number> {
  const budgets = sampleBudgets(slug, { declared: [sampleLimit(1e15)] })
  await pair(ledger, slug, budgets)
  const startMs = performance.now()
  let pairs = 0
  const spender = async () => {
    while (performance.now() - startMs < forMs) {
      await pair(ledger, slug, budgets)
      pairs++
    }
  }
  await Promise.all(Array.from({ length: inFlight }, spender))
  return (pairs * 1000) / (performance.now() - startMs)
}

async function pair(ledger: Ledger, slug: string, budgets: RunBudgets): Promise<void> {
  const id = Bun.randomUUIDv7()
  const reserved = await ledger.reserve(sampleRequest(id, slug, budgets))
  if (reserved.outcome === "refused") throw new Error("The bench's budget ran out")
  await ledger.settle(id, sampleSettlement({ inputTokens: 10, outputTokens: 15, cacheReadTokens: 100 }))
}

async function benchHistory(folder: string): Promise<void> {
  const [few, many] = isSmoke ? [10_000, 100_000] : [10_000, mode === "--huge" ? 10_000_000 : 1_000_000]
  const short = await openWithHistory(join(folder, "short.db"), few)
  const long = await openWithHistory(join(folder, "long.db"), many)
  for (const window of ["total", "day", "month"] as const) {
    const [shortUs, longUs] = await compare(short, long, (ledger) => checkUs(ledger, window))
    report(`budget check, ${window} window`, shortUs, longUs, "target 1.3")
  }
  const [shortPair, longPair] = await compare(short, long, pairUs)
  report("reserve + settle, NORMAL", shortPair, longPair, "no target")
  const [shortUsage, longUsage] = await compare(short, long, usageUs)
  report("usage by agent, a year", shortUsage, longUsage, "no target")
  await short.close()
  await long.close()

  function report(what: string, shortUs: number, longUs: number, target: string): void {
    const times = `${shortUs.toFixed(1)} µs with ${few} rows, ${longUs.toFixed(1)} µs with ${many}`
    console.log(`${what}: ${times}; ${(longUs / shortUs).toFixed(2)} times; ${target}`)
  }
}

async function openWithHistory(path: string, requests: number): Promise<Ledger> {
  const ledger = await openLedger(path, { synchronous: "NORMAL" })
  await ledger.createRun(sampleRun(SLUG))
  await pair(ledger, SLUG, sampleBudgets(SLUG, { declared: [sampleLimit(1e15)] }))
  fillHistory({ path, slug: SLUG, requests, spanMs: 365 * DAY_MS, endMs: Date.now() })
  return ledger
}

/** Medians, measured in turns, so that whatever else the machine does meets both. */
async function compare(
  short: Ledger,
  long: Ledger,
  measure: (ledger: Ledger) => Promise<number>,
): Promise<readonly [number, number]> {
  const samples: [number[], number[]] = [[], []]
  for (let turn = 0; turn < (isSmoke ? 5 : 21); turn++) {
    samples[0].push(await measure(short))
    samples[1].push(await measure(long))
  }
  return [median(samples[0]), median(samples[1])]
}

async function checkUs(ledger: Ledger, window: Window): Promise<number> {
  const budgets = sampleBudgets(SLUG, { declared: [sampleLimit(1e15, { window })] })
  return microsecondsEach(500, () => ledger.governingBudget(budgets, "claude"))
}

function pairUs(ledger: Ledger): Promise<number> {
  return microsecondsEach(100, () => pair(ledger, SLUG, benchBudgets))
}

function usageUs(ledger: Ledger): Promise<number> {
  return microsecondsEach(1, () => ledger.usage({ by: "agent" }))
}

async function microsecondsEach(times: number, work: () => Promise<unknown>): Promise<number> {
  const startMs = performance.now()
  for (let n = 0; n < times; n++) await work()
  return ((performance.now() - startMs) * 1000) / times
}

function median(numbers: readonly number[]): number {
  return [...numbers].sort((a, b) => a - b)[numbers.length >> 1] ?? 0
}
