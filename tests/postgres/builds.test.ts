// Hosts of older builds on one shared ledger with newer ones.

import { afterAll, expect, test } from "bun:test"
import { existsSync, readdirSync } from "node:fs"
import { join } from "node:path"
import { FLEET_SCOPE, type ProcessIdentity } from "@bot-bottle/contracts"
import { type Ledger, LedgerOutdated } from "@bot-bottle/ledger"
import {
  NEWEST_SCHEMA,
  sampleBudgets,
  sampleLimit,
  sampleRequest,
  sampleRun,
  sampleSettlement,
} from "@bot-bottle/ledger/testing"
import { startCluster, waitFor } from "@bot-bottle/testkit"
import { DILIGENT, openLifecycleHost } from "../e2e/lifecycle/lifecycle-host.ts"
import { openSharedHosts } from "./shared-ledger.ts"

const cluster = await startCluster()
afterAll(() => cluster[Symbol.asyncDispose]())

const OPERATOR = { actor: "operator" }
const OLDER = Array.from({ length: NEWEST_SCHEMA - 1 }, (_, index) => index + 1)

test.each(OLDER)(
  "a host of schema %d that was connected while another brought the database up keeps what it meters, and sends it once upgraded",
  async (schema) => {
    await using hosts = await openSharedHosts(cluster)
    const older = await hosts.open("older-0000", { schema })
    await older.createRun(sampleRun("mine"))
    await older.setBudget(sampleLimit(3000, { scope: FLEET_SCOPE }), OPERATOR)
    await spend(older, "before")
    await older.fleet?.sync()

    const newer = await hosts.open("newer-0000")
    expect(await chargedIn(newer)).toEqual([["mine", 100]])
    const within = await spendAll(older)
    // It had a block in hand, and got no other one.
    expect(within).toBeGreaterThan(0)
    await expect(older.fleet?.sync()).rejects.toBeInstanceOf(LedgerOutdated)
    await newer.fleet?.jobs.put({ order: "{}", wants: {}, actor: "ann" })
    await expect(older.fleet?.jobs.take({ labels: {}, leaseMs: 60_000 })).rejects.toBeInstanceOf(LedgerOutdated)
    expect(await chargedIn(newer)).toEqual([["mine", 100]])
    expect(await actedOn(older, newer)).toEqual({ outcome: "done" })
    await older.close()

    const upgraded = await hosts.open("older-0000")
    await upgraded.fleet?.sync()
    expect(await chargedIn(newer)).toEqual([["mine", (within + 1) * 100]])
    expect((await newer.fleet?.jobs.take({ labels: {}, leaseMs: 60_000 }))?.attempt).toBe(1)
    expect(await newer.verifyAudit()).toMatchObject({ outcome: "intact" })
  },
  60_000,
)

test("a host whose build is older than the schema is told both versions and the way out, and begins no run", async () => {
  await using hosts = await openSharedHosts(cluster)
  const newer = await hosts.open("newer-0000")
  await newer.createRun(sampleRun("theirs"))
  const older = await hosts.open("older-0000", { schema: NEWEST_SCHEMA - 1 })
  const refusal = await older.createRun(sampleRun("mine")).catch((error: unknown) => error)
  expect(refusal).toBeInstanceOf(LedgerOutdated)
  const { message, hint } = refusal as LedgerOutdated
  expect(message).toContain(`to schema ${NEWEST_SCHEMA} (`)
  expect(message).toContain(`this build knows schema ${NEWEST_SCHEMA - 1}`)
  expect(hint).toContain("install that build")
  // The control: what this host did stays readable.
  expect(await older.listRuns({ all: true })).toEqual([])
})

// biome-ignore format: a table
test.each([
  // says                              is
  ["bot-bottle",                       "refused"],
  [`bot-bottle/${NEWEST_SCHEMA - 1}`,  "refused"],
  ["bot-bottle/later",                 "refused"],
  [`bot-bottle/${NEWEST_SCHEMA}`,      "accepted"],
  [`bot-bottle/${NEWEST_SCHEMA + 1}`,  "accepted"],
] as const)("the rows of a connection named %s are %s", async (name, verdict) => {
  await using hosts = await openSharedHosts(cluster)
  await (await hosts.open("newer-0000")).createRun(sampleRun("theirs"))
  const rows = JSON.stringify({ runs: [], steps: [], usage: [], audit: [], blocks: [] })
  const push = `SET application_name = '${name}'; SELECT push_host('newer-0000', 99, '${rows}') ->> 'accepted'`
  const said = await cluster.psql(hosts.url.split("/").at(-1) ?? "", push).catch((error: Error) => error.message)
  if (verdict === "accepted") expect(said).toBe("true")
  else expect(said).toContain(`a newer build has brought it to schema ${NEWEST_SCHEMA}, and this build knows`)
})

test("a start on a host whose build is older is refused before anything of the run is there", async () => {
  const url = await cluster.createDatabase()
  await using host = await openLifecycleHost(DILIGENT, { env: { BOT_BOTTLE_LEDGER: url, USER: "ann" } })
  expect((await host.run("list")).exitCode).toBe(0)
  const database = url.split("/").at(-1) ?? ""
  await cluster.psql(database, "INSERT INTO schema_version (version, name, sha256) VALUES (99, '0099-later', 'x')")
  const started = await host.run("start", "impl", "--headless", "--prompt", "go")
  expect([started.exitCode, started.stderr]).toEqual([1, expect.stringContaining("to schema 99 (0099-later)")])
  expect(started.stderr).toContain("install that build on this host, too")
  const state = join(host.root, "state")
  expect(existsSync(state) ? readdirSync(state) : []).toEqual([])
  const worker = await host.run("worker")
  expect([worker.exitCode, worker.stderr]).toEqual([1, expect.stringContaining("to schema 99 (0099-later)")])
}, 120_000)

function chargedIn(ledger: Ledger) {
  return ledger.usage({ by: "run" }).then((rows) => rows.map(({ key, chargedTokens }) => [key, chargedTokens]))
}

function spend(ledger: Ledger, id: string) {
  const asked = { inputTokens: 0, maxOutputTokens: 100, minOutputTokens: 1 }
  return ledger
    .reserve(sampleRequest(id, "mine", sampleBudgets("mine"), asked))
    .then(() => ledger.settle(id, sampleSettlement({ outputTokens: 100 })))
}

/** How many requests of 100 tokens it could do until it was refused. */
async function spendAll(ledger: Ledger): Promise<number> {
  for (let done = 0; ; done += 1) {
    const refusal = await spend(ledger, `r${done}`).then(
      () => undefined,
      (error: unknown) => error,
    )
    if (refusal === undefined) continue
    expect(refusal).toBeInstanceOf(LedgerOutdated)
    return done
  }
}

/** An operator's action, asked on one host and done by the other. */
async function actedOn(owner: Ledger, asker: Ledger) {
  const over = new AbortController()
  const serving = owner.fleet?.serve({
    signal: over.signal,
    self: `${process.pid}:1:older` as ProcessIdentity,
    isAlive: () => true,
    onCommand: ({ id }) => void owner.fleet?.answer(id, { outcome: "done" }),
  })
  const run = await waitFor("the run", () => asker.findRun("mine"))
  const answer = await asker.fleet?.ask(run, { kind: "kill", actor: "ann" }, { timeoutMs: 10_000, onWait() {} })
  over.abort()
  await serving
  return answer
}
