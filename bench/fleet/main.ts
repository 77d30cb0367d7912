// Hosts that share a ledger: what sharing costs a request, whether a budget holds, and how many
// hosts one PostgreSQL serves. The database is our own, on this machine, with fsync on.
//
//   bun bench/fleet/main.ts            a minute
//   bun bench/fleet/main.ts --smoke    everything once, small

import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { FLEET_SCOPE, type HostId, type ProcessIdentity, type Scope } from "@bot-bottle/contracts"
import { type Ledger, openLedger } from "@bot-bottle/ledger"
import { sampleBudgets, sampleLimit, sampleRequest, sampleRun, sampleSettlement } from "@bot-bottle/ledger/testing"
import { startCluster } from "@bot-bottle/testkit"
import { simulate } from "./simulate.ts"

const isSmoke = process.argv.includes("--smoke")
const PAIRS = 20
/** One object: its terms are then found again. */
const RUN_BUDGETS = sampleBudgets("run")
const OPERATOR = { actor: "bench" }
const SCOPES: readonly Scope[] = [
  FLEET_SCOPE,
  { kind: "agent", key: "implementer" },
  { kind: "bottle", key: "claude-dev" },
]
const folder = mkdtempSync(join(tmpdir(), "bot-bottle-fleet-"))
const problems: string[] = []
const cluster = await startCluster({ fsync: "on", max_connections: "100" })
try {
  await compareHotPath()
  for (const scope of SCOPES.slice(0, isSmoke ? 1 : 3)) await spendTogether(scope)
  await simulate(cluster, { hosts: isSmoke ? 20 : 1000, runsPerHost: 50, forMs: isSmoke ? 1_000 : 15_000 })
} finally {
  await cluster[Symbol.asyncDispose]()
  rmSync(folder, { recursive: true, force: true })
}
for (const problem of problems) console.log(`PROBLEM: ${problem}`)
process.exitCode = problems.length === 0 ? 0 : 1

/** In turns, so that whatever else the machine does meets both. */
async function compareHotPath(): Promise<void> {
  const url = await cluster.createDatabase()
  const alone = await openLedger(join(folder, "alone", "bot-bottle.db"))
  const shared = await open("hot", url)
  for (const ledger of [alone, shared]) await ledger.createRun(sampleRun("run"))
  await alone.setBudget(sampleLimit(1e12, { scope: { kind: "agent", key: "implementer" } }), OPERATOR)
  await shared.setBudget(sampleLimit(1e12, { scope: { kind: "agent", key: "implementer" } }), OPERATOR)
  const rounds = isSmoke ? 20 : 200
  const before = shared.fleet?.roundTrips ?? 0
  const own: number[] = []
  const ratios: number[] = []
  for (let round = 0; round < rounds; round++) {
    const [one, fleet] = [await reserveUs(alone, round), await reserveUs(shared, round)]
    own.push(one)
    ratios.push(fleet / one)
  }
  const trips = (((shared.fleet?.roundTrips ?? 0) - before) * 1000) / (rounds * PAIRS)
  console.log(
    `reserve: one host ${median(own).toFixed(0)} µs; fleet ${median(ratios).toFixed(2)}×, median of ${rounds} rounds side by side (target 1.1×)`,
  )
  console.log(`round trips for 1,000 requests: ${trips.toFixed(1)} (target 21)`)
  await alone.close()
  await shared.close()
}

/** Of the reservations alone; each is settled, too. */
async function reserveUs(ledger: Ledger, round: number): Promise<number> {
  let spentMs = 0
  for (let index = 0; index < PAIRS; index++) {
    const id = `${round}-${index}`
    const startMs = performance.now()
    await ledger.reserve(sampleRequest(id, "run", RUN_BUDGETS))
    spentMs += performance.now() - startMs
    await ledger.settle(id, sampleSettlement({ outputTokens: 20 }))
  }
  return (spentMs * 1000) / PAIRS
}

async function spendTogether(scope: Scope): Promise<void> {
  const url = await cluster.createDatabase()
  const limitTokens = isSmoke ? 20_000 : 200_000
  const clients = isSmoke ? 16 : 64
  const ledgers = await Promise.all(["one", "two", "three"].map((host) => open(host, url)))
  const over = new AbortController()
  const serving = ledgers.map((ledger) =>
    ledger.fleet?.serve({
      signal: over.signal,
      self: `${process.pid}:1:${ledger.host}` as ProcessIdentity,
      isAlive: () => true,
      onCommand() {},
    }),
  )
  await ledgers[0]?.setBudget(sampleLimit(limitTokens, { scope }), OPERATOR)
  await Promise.all(ledgers.map((ledger) => ledger.fleet?.sync()))
  const charged = (await Promise.all(ledgers.map((ledger) => spendAll(ledger, clients)))).reduce((a, b) => a + b, 0)
  over.abort()
  await Promise.all(serving)
  const trips = ledgers.reduce((sum, { fleet }) => sum + (fleet?.roundTrips ?? 0), 0)
  await Promise.all(ledgers.map((ledger) => ledger.close()))
  const used = (charged / limitTokens) * 100
  console.log(
    `3 hosts × ${clients} clients on ${scope.kind}: ${charged} of ${limitTokens} tokens, ${used.toFixed(2)} % (target ≥ 99.5 %), overshoot ${Math.max(0, charged - limitTokens)}; ${trips} round trips`,
  )
  if (charged > limitTokens) problems.push(`${scope.kind} was overdrawn by ${charged - limitTokens}`)
  if (used < 99.5) problems.push(`only ${used.toFixed(2)} % of the budget of ${scope.kind} could be used`)
}

async function spendAll(ledger: Ledger, clients: number): Promise<number> {
  const slug = `run-${ledger.host}`
  await ledger.createRun(sampleRun(slug))
  const budgets = sampleBudgets(slug)
  let charged = 0
  let next = 0
  await Promise.all(
    Array.from({ length: clients }, async () => {
      for (let refusals = 0; refusals < 3; ) {
        const id = `${ledger.host}-${next++}`
        const tokens = { inputTokens: 0, maxOutputTokens: 40, minOutputTokens: 1 }
        const result = await ledger.reserve(sampleRequest(id, slug, budgets, tokens))
        if (result.outcome === "refused") {
          refusals++
          continue
        }
        refusals = 0
        const outputTokens = 1 + Math.floor(Math.random() * result.reservedTokens)
        const { chargedTokens } = await ledger.settle(id, sampleSettlement({ outputTokens }))
        charged += chargedTokens
      }
    }),
  )
  return charged
}

function open(host: string, url: string): Promise<Ledger> {
  const path = join(folder, `${host}-${Bun.randomUUIDv7()}`, "bot-bottle.db")
  const shared = { url, password: undefined, home: folder }
  return openLedger(path, { host: `${host}-00000` as HostId, shared })
}

function median(numbers: readonly number[]): number {
  return numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length / 2)] ?? 0
}
