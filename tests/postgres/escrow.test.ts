// Budgets that several hosts share: what they may never overdraw, and how little they talk.

import { afterAll, expect, test } from "bun:test"
import { FLEET_SCOPE, type ProcessIdentity, type Scope, USD } from "@bot-bottle/contracts"
import { type Ledger, LedgerUnavailable, type ReserveRequest } from "@bot-bottle/ledger"
import { sampleBudgets, sampleLimit, sampleRequest, sampleRun, sampleSettlement } from "@bot-bottle/ledger/testing"
import { startCluster } from "@bot-bottle/testkit"
import { openSharedHosts, type SharedHosts } from "./shared-ledger.ts"

const cluster = await startCluster()
afterAll(() => cluster[Symbol.asyncDispose]())

const OPERATOR = { actor: "operator" }
const AGENT: Scope = { kind: "agent", key: "implementer" }
const BOTTLE: Scope = { kind: "bottle", key: "claude-dev" }
const HOSTS = ["one-00000", "two-00000", "three-00000"]

// biome-ignore format: a table
test.each([
  // what binds               limit     clients
  [[FLEET_SCOPE],             60_000,   64],
  [[AGENT],                   60_000,   64],
  [[BOTTLE],                  60_000,   64],
  [[AGENT, FLEET_SCOPE],       5_000,   16],
] as const)("INV-5: three hosts spend a limit of %j to its end and not a token further", async (scopes, limitTokens, clients) => {
  await using hosts = await openSharedHosts(cluster)
  await using served = await openAllServed(hosts, HOSTS)
  const { ledgers } = served
  for (const scope of scopes) await ledgers[0]!.setBudget(sampleLimit(limitTokens, { scope }), OPERATOR)
  await Promise.all(ledgers.map((ledger) => ledger.fleet?.sync()))
  const total = await spendToTheEnd(ledgers, clients, limitTokens * 0.995)
  expect(total).toBeLessThanOrEqual(limitTokens)
  expect(total).toBeGreaterThanOrEqual(limitTokens * 0.995)
  await served.end()

  const [row] = await ledgers[0]!.usage({ by: "provider" })
  expect(row?.chargedTokens).toBe(total)
  expect((await ledgers[1]!.measureLimits([sampleLimit(limitTokens, { scope: scopes[0] })]))[0]?.usedTokens).toBe(total)
}, 240_000)

test("INV-5: three hosts spend a limit of money to its end, with both providers, and not a micro-dollar further", async () => {
  await using hosts = await openSharedHosts(cluster)
  await using served = await openAllServed(hosts, HOSTS)
  const { ledgers } = served
  const money = sampleLimit(600_000, { provider: USD, scope: FLEET_SCOPE })
  await ledgers[0]!.setBudget(money, OPERATOR)
  await Promise.all(ledgers.map((ledger) => ledger.fleet?.sync()))
  const enough = (money.limitTokens * 0.99) / MICRO_USD_PER_TOKEN
  const total = (await spendToTheEnd(ledgers, 32, enough, { isPriced: true })) * MICRO_USD_PER_TOKEN
  expect(total).toBeLessThanOrEqual(money.limitTokens)
  expect(total).toBeGreaterThanOrEqual(money.limitTokens * 0.99)
  await served.end()

  const rows = await ledgers[0]!.usage({ by: "provider" })
  expect(sum(rows.map(({ costMicroUsd }) => costMicroUsd))).toBe(total)
  expect(rows.map(({ key }) => key).sort()).toEqual(["claude", "codex"])
  expect((await ledgers[1]!.measureLimits([money]))[0]?.usedTokens).toBe(total)
}, 240_000)

test("INV-5: a lower limit that one host sets binds another at its next block, and a raise lets it continue", async () => {
  await using hosts = await openSharedHosts(cluster)
  const [one, two] = [await hosts.open("one-00000"), await hosts.open("two-00000")]
  await two.createRun(sampleRun("theirs"))
  await one.setBudget(sampleLimit(1000, { scope: FLEET_SCOPE }), OPERATOR)
  await two.fleet?.sync()
  const ask = (id: string) => two.reserve(request(id, "theirs", 50))
  expect(await ask("r1")).toMatchObject({ outcome: "reserved" })
  await two.settle("r1", sampleSettlement({ outputTokens: 50 }))
  await one.setBudget(sampleLimit(60, { scope: FLEET_SCOPE }), OPERATOR)

  // It may spend the tokens that it has in hand, and gets no more.
  let reserved = 0
  for (let index = 0; index < 40; index++) if ((await ask(`s${index}`)).outcome === "reserved") reserved++
  expect(reserved).toBeLessThanOrEqual(1000 / 3 / 50 + 1)
  await one.setBudget(sampleLimit(100_000, { scope: FLEET_SCOPE }), OPERATOR)
  await two.fleet?.sync()
  await Bun.sleep(1100)
  expect(await ask("t1")).toMatchObject({ outcome: "reserved" })
})

test("INV-9, INV-5: without the database a host continues within its block and then refuses; nothing is lost, and it catches up", async () => {
  await using server = await startCluster()
  await using hosts = await openSharedHosts(server)
  const ledger = await hosts.open("one-00000")
  await ledger.createRun(sampleRun("mine"))
  await ledger.setBudget(sampleLimit(3000, { scope: FLEET_SCOPE }), OPERATOR)
  expect(await ledger.reserve(request("first", "mine", 100))).toMatchObject({ outcome: "reserved" })
  await ledger.settle("first", sampleSettlement({ outputTokens: 100 }))
  await server.stop()

  let within = 0
  let refusal: unknown
  for (let index = 0; refusal === undefined && index < 100; index++) {
    try {
      expect((await ledger.reserve(request(`out-${index}`, "mine", 100))).outcome).toBe("reserved")
      await ledger.settle(`out-${index}`, sampleSettlement({ outputTokens: 100 }))
      within++
    } catch (error) {
      refusal = error
    }
  }
  expect(refusal).toBeInstanceOf(LedgerUnavailable)
  expect(within).toBeGreaterThan(0)
  expect((await ledger.listRuns({ all: true })).map(({ slug }) => slug)).toEqual(["mine"])

  await server.start()
  await Bun.sleep(3100)
  await ledger.fleet?.sync()
  const other = await hosts.open("two-00000")
  expect((await other.usage({ by: "run" })).map(({ key, chargedTokens }) => [key, chargedTokens])).toEqual([
    ["mine", (within + 1) * 100],
  ])
  expect(await ledger.reserve(request("after", "mine", 100))).toMatchObject({ outcome: "reserved" })
}, 120_000)

test("INV-5: a database that was killed in the middle of everything has given away no more than the limit", async () => {
  await using server = await startCluster({ fsync: "on" })
  await using hosts = await openSharedHosts(server)
  await using served = await openAllServed(hosts, HOSTS.slice(0, 2))
  const { ledgers } = served
  await ledgers[0]!.setBudget(sampleLimit(20_000, { scope: FLEET_SCOPE }), OPERATOR)
  await Promise.all(ledgers.map((ledger) => ledger.fleet?.sync()))
  const spending = Promise.all(ledgers.map((ledger) => spendAll(ledger, 16, { patient: true })))
  for (let round = 0; round < 3; round++) {
    await Bun.sleep(150)
    await server.crash()
  }
  const spent = await spending
  expect(sum(spent.map(({ charged }) => charged))).toBeLessThanOrEqual(20_000)
  await served.end()
  const granted = await server.psql("ledger_1", "SELECT granted_tokens FROM escrow")
  expect(Number(granted)).toBeLessThanOrEqual(20_000)
}, 120_000)

test("a reset on one host starts the total of all hosts from zero, once", async () => {
  await using hosts = await openSharedHosts(cluster)
  const [one, two] = [await hosts.open("one-00000"), await hosts.open("two-00000")]
  await two.createRun(sampleRun("theirs"))
  await one.setBudget(sampleLimit(200, { scope: FLEET_SCOPE }), OPERATOR)
  await two.fleet?.sync()
  const spend = async (round: string) => {
    let charged = 0
    for (let index = 0; index < 8; index++) {
      const id = `${round}-${index}`
      if ((await two.reserve(request(id, "theirs", 50))).outcome === "refused") break
      charged += (await two.settle(id, sampleSettlement({ outputTokens: 50 }))).chargedTokens
    }
    return charged
  }
  expect(await spend("first")).toBe(200)
  await one.resetBudget({ scope: FLEET_SCOPE, provider: "claude" }, OPERATOR)
  await two.fleet?.sync()
  await two.fleet?.sync()
  await Bun.sleep(1100)
  expect(await spend("second")).toBe(200)
  const [standing] = await one.measureLimits([sampleLimit(200, { scope: FLEET_SCOPE })])
  await two.fleet?.sync()
  expect(standing?.usedTokens).toBe(200)
})

test("a host asks the database for blocks only: at most 20 for 1,000 requests", async () => {
  await using hosts = await openSharedHosts(cluster)
  const ledger = await hosts.open("one-00000")
  await ledger.setBudget(sampleLimit(100_000, { scope: FLEET_SCOPE }), OPERATOR)
  await ledger.createRun(sampleRun("mine"))
  const before = ledger.fleet?.roundTrips ?? 0
  for (let index = 0; index < 1000; index++) {
    await ledger.reserve(request(`r${index}`, "mine", 60))
    await ledger.settle(`r${index}`, sampleSettlement({ outputTokens: 50 }))
  }
  expect((ledger.fleet?.roundTrips ?? 0) - before).toBeLessThanOrEqual(21)
}, 60_000)

const MICRO_USD_PER_TOKEN = 10
const MAX_ROUNDS = 10
const RATES = { input: 0, output: MICRO_USD_PER_TOKEN * 1_000_000 }

function request(id: string, slug: string, outputTokens: number, change: Partial<ReserveRequest> = {}) {
  return sampleRequest(id, slug, sampleBudgets(slug), {
    ...change,
    inputTokens: 0,
    maxOutputTokens: outputTokens,
    minOutputTokens: 1,
  })
}

/** Hosts whose ledgers are served, as by a launcher or a worker. */
async function openAllServed(hosts: SharedHosts, names: readonly string[]) {
  const abort = new AbortController()
  const ledgers = await Promise.all(names.map((host) => hosts.open(host)))
  const serving = ledgers.map((ledger) =>
    ledger.fleet?.serve({
      signal: abort.signal,
      self: `${process.pid}:1:${ledger.host}` as ProcessIdentity,
      isAlive: () => true,
      onCommand() {},
    }),
  )
  const end = async () => {
    abort.abort()
    await Promise.all(serving)
  }
  return { ledgers, end, [Symbol.asyncDispose]: end }
}

/**
 * The tokens that all of them spent. A host with much else to do returns its rest late, and clients that ask again then
 * find it: they do so until they have spent enough.
 */
async function spendToTheEnd(ledgers: readonly Ledger[], clients: number, enough: number, { isPriced = false } = {}) {
  let total = 0
  for (let round = 0; round < MAX_ROUNDS && total < enough; round++) {
    const spent = await Promise.all(ledgers.map((ledger) => spendAll(ledger, clients, { isPriced, round })))
    total += sum(spent.map(({ charged }) => charged))
  }
  return total
}

/** Until every client has been refused several times in a row. */
async function spendAll(ledger: Ledger, clients: number, { patient = false, isPriced = false, round = 0 } = {}) {
  const slug = `run-${ledger.host}-${round}`
  await ledger.createRun(sampleRun(slug))
  let charged = 0
  let next = 0
  await Promise.all(
    Array.from({ length: clients }, async () => {
      for (let refusals = 0; refusals < 3; ) {
        const id = `${ledger.host}-${round}-${next++}`
        const priced = isPriced ? { rates: RATES, provider: next % 2 === 0 ? "claude" : "codex" } : {}
        const result = await ledger.reserve(request(id, slug, 40, priced)).catch(async (error: unknown) => {
          if (!patient) throw error
          await Bun.sleep(50)
          return undefined
        })
        if (result === undefined) continue
        if (result.outcome === "refused") {
          refusals++
          continue
        }
        refusals = 0
        const outputTokens = Math.max(1, Math.floor(Math.random() * result.reservedTokens) + 1)
        const cost = isPriced ? { costMicroUsd: outputTokens * MICRO_USD_PER_TOKEN } : {}
        const { chargedTokens } = await ledger.settle(id, sampleSettlement({ outputTokens }, cost))
        charged += chargedTokens
      }
    }),
  )
  return { charged }
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((a, b) => a + b, 0)
}
