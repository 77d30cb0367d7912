// The shared database as such: who may be spoken to, how its schema comes, what it proves.

import { afterAll, expect, test } from "bun:test"
import { chmodSync, mkdtempSync, readdirSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { FLEET_SCOPE, type ProcessIdentity } from "@bot-bottle/contracts"
import { LedgerUnavailable } from "@bot-bottle/ledger"
import { sampleLimit, sampleRun } from "@bot-bottle/ledger/testing"
import { makeDatabaseCertificate, startCluster } from "@bot-bottle/testkit"
import { openSharedHosts } from "./shared-ledger.ts"

const cluster = await startCluster()
afterAll(() => cluster[Symbol.asyncDispose]())

const MIGRATIONS = readdirSync(join(import.meta.dir, "../../migrations/postgres"))
const OPERATOR = { actor: "operator" }

test("eight hosts that meet a new database at once give it one schema; an edited history is refused", async () => {
  await using hosts = await openSharedHosts(cluster)
  const ledgers = await Promise.all(Array.from({ length: 8 }, (_, index) => hosts.open(`host-${index}`)))
  await Promise.all(ledgers.map((ledger) => ledger.fleet?.sync()))
  expect((await ledgers[0]!.fleet?.listHosts())?.map(({ id }) => String(id))).toEqual(
    Array.from({ length: 8 }, (_, index) => `host-${index}`),
  )
  const name = hosts.url.split("/").at(-1)!
  expect(await cluster.psql(name, "SELECT count(*) FROM schema_version")).toBe(`${MIGRATIONS.length}`)
  await cluster.psql(name, "UPDATE schema_version SET sha256 = 'x' WHERE version = 1")
  const late = await hosts.open("late-00000")
  await expect(late.fleet?.sync()).rejects.toThrow("another version of migration 0001-fleet")
  await cluster.psql(name, "UPDATE schema_version SET version = 99, name = '0099-later' WHERE version = 1")
  const later = await hosts.open("later-0000")
  await expect(later.fleet?.sync()).rejects.toThrow(
    `brought the shared ledger to schema 99 (0099-later), and this build knows schema ${MIGRATIONS.length}`,
  )
})

test("INV-33: TLS is verified against the named authority and the host's name, and nothing turns it off", async () => {
  const folder = mkdtempSync(join(tmpdir(), "bot-bottle-tls-"))
  try {
    chmodSync(folder, 0o755)
    const { serverSettings, authority, stranger } = makeDatabaseCertificate({ folder, name: "DNS:localhost" })
    await using server = await startCluster(serverSettings)
    await using hosts = await openSharedHosts(server)
    const trial = async (query: string) => {
      const ledger = await hosts.open(`host-${Bun.randomUUIDv7()}`, {
        url: `${hosts.url.replace("127.0.0.1", "localhost")}${query}`,
      })
      return await ledger.fleet?.sync().then(
        () => "connected",
        (error: unknown) => (error instanceof LedgerUnavailable ? "refused" : String(error)),
      )
    }
    // The positive control: the right authority.
    expect(await trial(`?sslrootcert=${authority}`)).toBe("connected")
    expect(await trial(`?sslrootcert=${stranger}`)).toBe("refused")
    expect(await trial("?sslmode=verify-full")).toBe("refused")
    const before = process.env["NODE_TLS_REJECT_UNAUTHORIZED"]
    process.env["NODE_TLS_REJECT_UNAUTHORIZED"] = "0"
    try {
      expect(await trial(`?sslrootcert=${stranger}`)).toBe("refused")
    } finally {
      if (before === undefined) delete process.env["NODE_TLS_REJECT_UNAUTHORIZED"]
      else process.env["NODE_TLS_REJECT_UNAUTHORIZED"] = before
    }
    // The certificate names localhost, not the address.
    const byAddress = await hosts.open("address-00", { url: `${hosts.url}?sslrootcert=${authority}` })
    await expect(byAddress.fleet?.sync()).rejects.toBeInstanceOf(LedgerUnavailable)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}, 120_000)

// biome-ignore format: a table
test.each([
  ["mysql://a@b/c",                               "is invalid"],
  ["postgres//me@db.example/ledger",              "is invalid"],
  ["postgres://db.example/ledger",                "is invalid"],
  ["postgres://me@db.example",                    "is invalid"],
  ["postgres://me:secret@db.example/ledger",      "has a password in it"],
  ["postgres://me@db.example/ledger?sslmode=require", "does not check the database's certificate"],
  ["postgres://me@db.example/ledger?sslmode=disable", "does not check the database's certificate"],
  ["postgres://me@db.example/ledger?sslrootcert=ca.pem", "ca.pem is not a full path"],
  ["postgres://me@db.example/ledger?sslrootcert=/nowhere/ca.pem", "/nowhere/ca.pem cannot be read (ENOENT)"],
  ["postgres://me@db.example/ledger?sslrootcert=/etc/hostname", "/etc/hostname has no certificate"],
] as const)("INV-33: the address %s is refused before anything is opened", async (url, message) => {
  await using hosts = await openSharedHosts(cluster)
  await expect(hosts.open("one-00000", { url })).rejects.toThrow(message)
})

test("INV-33: a database on another machine that offers no TLS is not spoken to", async () => {
  await using hosts = await openSharedHosts(cluster)
  const ledger = await hosts.open("one-00000", {
    url: `${hosts.url.replace("127.0.0.1", "localhost")}?sslmode=verify-full`,
  })
  await expect(ledger.fleet?.sync()).rejects.toBeInstanceOf(LedgerUnavailable)
})

test("INV-32: a host that rewrites its own audit is found by the head that the shared ledger has, and another's chain is proven too", async () => {
  await using hosts = await openSharedHosts(cluster)
  const one = await hosts.open("one-00000")
  const two = await hosts.open("two-00000")
  for (const ledger of [one, two]) {
    await ledger.createRun(sampleRun(`run-${ledger.host}`))
    await ledger.setBudget(sampleLimit(5, { scope: { kind: "run", key: `run-${ledger.host}` } }), OPERATOR)
    await ledger.appendAudit({ slug: "", kind: "test", actor: "a", detail: { host: ledger.host } })
  }
  await Promise.all([one.fleet?.sync(), two.fleet?.sync()])
  expect(await one.verifyAudit()).toEqual({ outcome: "intact", rows: 4 })

  const name = hosts.url.split("/").at(-1)!
  await cluster.psql(name, "UPDATE audit SET actor = 'nobody' WHERE host = 'two-00000' AND seq = 1")
  expect(await one.verifyAudit()).toMatchObject({ outcome: "broken", seq: 1, problem: "changed", host: "two-00000" })
  await cluster.psql(name, "UPDATE audit_head SET hash = repeat('0', 64) WHERE host = 'one-00000'")
  expect(await one.verifyAudit()).toMatchObject({ outcome: "broken", seq: 2, problem: "changed", host: "one-00000" })
})

test("an action on another host's run is done there within two seconds, and its error comes back", async () => {
  await using hosts = await openSharedHosts(cluster)
  const [one, two] = [await hosts.open("one-00000"), await hosts.open("two-00000")]
  await two.createRun(sampleRun("theirs"))
  const abort = new AbortController()
  const acted: unknown[] = []
  const serving = two.fleet?.serve({
    signal: abort.signal,
    self: `${process.pid}:1:two` as ProcessIdentity,
    isAlive: () => true,
    onCommand({ id, ...command }) {
      acted.push(command)
      void two.fleet?.answer(
        id,
        command.kind === "freeze" ? { outcome: "failed", error: "it is frozen already" } : { outcome: "done" },
      )
    },
  })
  const run = (await one.findRun("theirs"))!
  expect(String(run.host)).toBe("two-00000")
  const startMs = performance.now()
  expect(await one.fleet?.ask(run, { kind: "kill", actor: "ann" }, { timeoutMs: 10_000, onWait() {} })).toEqual({
    outcome: "done",
  })
  expect(performance.now() - startMs).toBeLessThan(2000)
  expect(await one.fleet?.ask(run, { kind: "freeze", actor: "ann" }, { timeoutMs: 10_000, onWait() {} })).toEqual({
    outcome: "failed",
    error: "it is frozen already",
  })
  expect(acted).toEqual([
    { slug: "theirs", kind: "kill", actor: "ann" },
    { slug: "theirs", kind: "freeze", actor: "ann" },
  ])
  abort.abort()
  await serving
})

test("an action on a run whose host does not listen says so at once, and gives up on a silent host soon", async () => {
  await using hosts = await openSharedHosts(cluster)
  const [one, two] = [await hosts.open("one-00000"), await hosts.open("two-00000")]
  await two.createRun(sampleRun("theirs"))
  const run = (await one.findRun("theirs"))!
  const ask = async (timeoutMs: number) => {
    const waits: (number | undefined)[] = []
    const onWait = (silentMs: number | undefined) => void waits.push(silentMs)
    return [await one.fleet?.ask(run, { kind: "kill", actor: "ann" }, { timeoutMs, onWait }), waits]
  }
  expect(await ask(400)).toEqual([{ outcome: "no-answer", isHeard: false }, [undefined]])
  await cluster.psql(hosts.url.split("/").at(-1)!, "UPDATE host SET last_seen = now() - interval '10 minutes'")
  const silentMs = expect.any(Number)
  expect(await ask(60_000)).toEqual([{ outcome: "no-answer", isHeard: false, silentMs }, [silentMs]])
  // It reported after the question, and has not finished.
  await cluster.psql(hosts.url.split("/").at(-1)!, "UPDATE host SET last_seen = now() + interval '1 minute'")
  expect(await ask(400)).toEqual([{ outcome: "no-answer", isHeard: true }, [undefined]])
}, 60_000)

test("a database that accepts and never answers delays a look at this host by one timeout, not by one for each question", async () => {
  await using hosts = await openSharedHosts(cluster)
  using silent = Bun.listen({ hostname: "127.0.0.1", port: 0, socket: { data() {} } })
  const ledger = await hosts.open("one-00000", { url: `postgres://me@127.0.0.1:${silent.port}/ledger` })
  const startMs = performance.now()
  await ledger.createRun(sampleRun("mine"))
  for (let round = 0; round < 5; round++) {
    expect((await ledger.listRuns({ all: true })).map(({ slug }) => slug)).toEqual(["mine"])
    await ledger.usage({ by: "run" })
    await ledger.measureLimits([sampleLimit(1, { scope: FLEET_SCOPE }), sampleLimit(1)])
  }
  expect(ledger.fleet?.trouble).toBeInstanceOf(LedgerUnavailable)
  expect(performance.now() - startMs).toBeLessThan(12_000)
}, 60_000)

test("watch(): runs of another host are in the snapshot, and come as they change and end", async () => {
  await using hosts = await openSharedHosts(cluster)
  const [one, two] = [await hosts.open("one-00000"), await hosts.open("two-00000")]
  await two.createRun(sampleRun("theirs"))
  const over = new AbortController()
  const changes = one.watch({ signal: over.signal })[Symbol.asyncIterator]()
  const next = async (slug: string) => {
    for (;;) {
      const { value } = await changes.next()
      if (value?.kind === "run" && value.run.slug === slug) return value.run
    }
  }
  const first = (await changes.next()).value
  expect(first).toMatchObject({ kind: "snapshot", runs: [{ slug: "theirs", host: "two-00000" }] })
  await two.createRun(sampleRun("more"))
  expect(await next("more")).toMatchObject({ host: "two-00000", status: "running" })
  const seen = (await two.findRun("theirs"))!
  await two.updateRunAsSeen(seen, { status: "ended", endedAtMs: 9, exitCode: 3 })
  expect(await next("theirs")).toMatchObject({ status: "ended", exitCode: 3 })
  over.abort()
}, 60_000)

test("limits that a host had before it shared its ledger are the fleet's afterwards", async () => {
  await using hosts = await openSharedHosts(cluster)
  const { openLedger } = await import("@bot-bottle/ledger")
  const alone = await openLedger(hosts.path("one-00000"))
  const agent = { scope: { kind: "agent", key: "implementer" }, limitTokens: 77 } as const
  await alone.setBudget(sampleLimit(77, agent), OPERATOR)
  await expect(alone.setBudget(sampleLimit(1, { scope: FLEET_SCOPE }), OPERATOR)).rejects.toThrow("shared ledger")
  await alone.close()
  const one = await hosts.open("one-00000")
  await one.fleet?.sync()
  const two = await hosts.open("two-00000")
  expect(await two.listBudgets()).toMatchObject([agent])
})
