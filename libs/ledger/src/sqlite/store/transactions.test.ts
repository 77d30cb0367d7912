import { Database } from "bun:sqlite"
import { expect, test } from "bun:test"
import { closeSync, mkdtempSync, openSync, rmSync, statSync, writeSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { OperatorProblem } from "@bot-bottle/contracts"
import type { Ledger } from "../../ledger.ts"
import { LedgerUnavailable } from "../../ledger-unavailable.ts"
import {
  openTempLedger,
  sampleBudgets,
  sampleLimit,
  sampleRequest,
  sampleRun,
  sampleSettlement,
} from "../../testing/index.ts"
import { openLedger } from "../open-sqlite.ts"
import { createTransactions } from "./transactions.ts"

const slug = "impl-abc12"
const budgets = sampleBudgets(slug, { declared: [sampleLimit(1000)] })

test("writes of one turn share a transaction, and each stands or falls alone", async () => {
  const db = new Database(":memory:")
  db.run("CREATE TABLE t (n INTEGER NOT NULL UNIQUE)")
  let commits = 0
  const counting = new Proxy(db, {
    get(target, name) {
      if (name !== "query") return target[name as "inTransaction"]
      return (sql: string) => {
        const statement = target.query(sql)
        if (sql !== "COMMIT") return statement
        return {
          run() {
            commits++
            return statement.run()
          },
        }
      }
    },
  })
  const { write } = createTransactions(counting, "x.db")
  const insert = (n: number) => write(() => db.query("INSERT INTO t VALUES (?)").run(n).changes, 1000)
  const results = await Promise.allSettled([
    insert(1),
    insert(2),
    insert(1),
    write(() => {
      throw new RangeError("no")
    }, 1000),
    insert(3),
  ])
  expect(results.map((result) => result.status)).toEqual([
    "fulfilled",
    "fulfilled",
    "rejected",
    "rejected",
    "fulfilled",
  ])
  expect(db.query("SELECT n FROM t").values()).toEqual([[1], [2], [3]])
  expect(commits).toBe(1)
})

test("a lock held past timeout is LedgerUnavailable, and nothing was done", async () => {
  await using temp = await openTempLedger({ reserveTimeoutMs: 150, settleTimeoutMs: 150 })
  const { ledger } = temp
  await ledger.createRun(sampleRun(slug))
  await ledger.reserve(sampleRequest("r0", slug, budgets))
  const release = lock(temp.path)
  const reserving = ledger.reserve(sampleRequest("r1", slug, budgets))
  await expect(reserving).rejects.toBeInstanceOf(LedgerUnavailable)
  await expect(ledger.settle("r0", sampleSettlement({}))).rejects.toThrow(temp.path)
  // Reading needs no lock.
  expect(await ledger.governingBudget(budgets, "claude")).toMatchObject({ reservedTokens: 30 })
  release()
  expect(await ledger.settle("r0", sampleSettlement({ outputTokens: 7 }))).toMatchObject({
    settled: true,
    chargedTokens: 7,
  })
  expect(await ledger.governingBudget(budgets, "claude")).toMatchObject({ usedTokens: 7, reservedTokens: 0 })
})

test("waiting for the lock does not block the event loop, and the write goes through once it is free", async () => {
  await using temp = await openTempLedger()
  const { ledger } = temp
  await ledger.createRun(sampleRun(slug))
  const release = lock(temp.path)
  const reserving = ledger.reserve(sampleRequest("r1", slug, budgets))
  const longest = await longestTurnMs(300)
  release()
  expect(await reserving).toMatchObject({ outcome: "reserved" })
  // A wait of SQLite's own would stop the process for the 5 s of its timeout; a busy host stops it for less.
  expect(longest).toBeLessThan(3_000)
})

test("a ledger opens and is read while another process holds its lock", async () => {
  await using temp = await openTempLedger({ openTimeoutMs: 50 })
  await temp.ledger.createRun(sampleRun(slug))
  const release = lock(temp.path)
  expect(await (await temp.openAnother()).findRun(slug)).toMatchObject(sampleRun(slug))
  release()
})

test("a new ledger waits for the lock, and past its timeout is LedgerUnavailable", async () => {
  await using temp = await openTempLedger()
  await temp.ledger.close()
  const path = join(temp.folder, "new.db")
  new Database(path).close()
  const release = lock(path)
  expect(await problemOf(() => openLedger(path, { openTimeoutMs: 50 }))).toBeInstanceOf(LedgerUnavailable)
  release()
  await (await openLedger(path)).close()
})

test("a ledger that is closed refuses, and what was queued is done first", async () => {
  await using temp = await openTempLedger()
  const { ledger } = temp
  const creating = ledger.createRun(sampleRun(slug))
  await ledger.close()
  await creating
  await expect(ledger.createRun(sampleRun("other"))).rejects.toBeInstanceOf(LedgerUnavailable)
  await expect(ledger.listRuns({ all: true })).rejects.toBeInstanceOf(LedgerUnavailable)
  const other = await temp.openAnother()
  expect(await other.findRun(slug)).toMatchObject(sampleRun(slug))
})

test("the last to close leaves no write-ahead log behind", async () => {
  await using temp = await openTempLedger()
  await temp.ledger.createRun(sampleRun(slug))
  await temp.ledger.close()
  expect(statSync(`${temp.path}-wal`, { throwIfNoEntry: false })).toBeUndefined()
})

test("a file that is not a database is refused with a hint, and left as it was", async () => {
  await using temp = await openTempLedger()
  await temp.ledger.close()
  await Bun.write(temp.path, "this is not a ledger at all, but somebody's notes\n".repeat(100))
  const problem = await problemOf(() => openLedger(temp.path))
  expect([problem.name, problem.message.includes(temp.path), problem.hint?.includes("recover")]).toEqual([
    "OperatorProblem",
    true,
    true,
  ])
  expect(await Bun.file(temp.path).text()).toStartWith("this is not a ledger")
})

test("a page that went bad under a running ledger is LedgerUnavailable, never an allowed request", async () => {
  await using temp = await openTempLedger()
  await temp.ledger.createRun(sampleRun(slug))
  await temp.ledger.reserve(sampleRequest("r0", slug, budgets))
  await temp.ledger.close()
  overwrite(temp.path, { fromPage: 2 })
  const ledger = await openOrUndefined(temp.path)
  if (!ledger) return
  await expect(ledger.reserve(sampleRequest("r1", slug, budgets))).rejects.toBeInstanceOf(LedgerUnavailable)
  await ledger.close()
})

const canMount = process.getuid?.() === 0 && Bun.which("mount") !== null && canMountTmpfs()

test.skipIf(!canMount)(
  "on a full disk requests are refused by name, nothing is lost, and it continues once there is room",
  async () => {
    await using disk = mountSmallDisk()
    const ledger = await openLedger(join(disk.folder, "root", "bot-bottle.db"))
    await ledger.createRun(sampleRun(slug))
    await ledger.reserve(sampleRequest("r0", slug, budgets))
    const ballast = join(disk.folder, "ballast")
    fill(ballast)
    const full = await untilRejected((index) => ledger.reserve(sampleRequest(`f${index}`, slug, sampleBudgets(slug))))
    expect(full).toBeInstanceOf(LedgerUnavailable)
    expect((full as LedgerUnavailable).message).toContain("disk is full")
    rmSync(ballast)
    expect(await ledger.settle("r0", sampleSettlement({ outputTokens: 7 }))).toMatchObject({ settled: true })
    await ledger.close()
    const db = new Database(join(disk.folder, "root", "bot-bottle.db"))
    expect(db.query("PRAGMA integrity_check").get()).toEqual({ integrity_check: "ok" })
    db.close()
  },
)

test.skipIf(!canMount)("a ledger opened on a full disk is refused by name, and opens once there is room", async () => {
  await using disk = mountSmallDisk()
  const path = join(disk.folder, "root", "bot-bottle.db")
  await (await openLedger(path)).close()
  const ballast = join(disk.folder, "ballast")
  fill(ballast)
  const problem = await problemOf(() => openLedger(path))
  expect([problem.name, problem.message]).toEqual([
    "LedgerUnavailable",
    `The disk is full, so nothing can be written to the ledger ${path}`,
  ])
  rmSync(ballast)
  await (await openLedger(path)).close()
})

function canMountTmpfs(): boolean {
  const folder = mkdtempSync(join(tmpdir(), "bot-bottle-probe-"))
  const mounted = Bun.spawnSync(["mount", "-t", "tmpfs", "tmpfs", folder], { stderr: "ignore" }).exitCode === 0
  if (mounted) Bun.spawnSync(["umount", folder])
  rmSync(folder, { recursive: true })
  return mounted
}

function lock(path: string): () => void {
  const db = new Database(path)
  db.run("BEGIN IMMEDIATE")
  return () => {
    db.run("COMMIT")
    db.close()
  }
}

/** The longest time between two turns of the event loop while this waits. */
async function longestTurnMs(forMs: number): Promise<number> {
  const endMs = performance.now() + forMs
  let [longest, last] = [0, performance.now()]
  while (last < endMs) {
    await new Promise((resolve) => setImmediate(resolve))
    const nowMs = performance.now()
    longest = Math.max(longest, nowMs - last)
    last = nowMs
  }
  return longest
}

function overwrite(path: string, { fromPage }: { fromPage: number }): void {
  const file = openSync(path, "r+")
  const size = statSync(path).size
  for (let at = fromPage * 4096; at < size; at += 4096) writeSync(file, Buffer.alloc(4096, 0xaa), 0, 4096, at)
  closeSync(file)
}

/** Opening may find the damage already: then it must say so. */
async function openOrUndefined(path: string): Promise<Ledger | undefined> {
  try {
    return await openLedger(path)
  } catch (error) {
    expect(error).toBeInstanceOf(OperatorProblem)
    return undefined
  }
}

async function problemOf(open: () => Promise<unknown>): Promise<OperatorProblem> {
  try {
    await open()
  } catch (error) {
    return error as OperatorProblem
  }
  throw new Error("It opened")
}

async function untilRejected(ask: (index: number) => Promise<unknown>): Promise<unknown> {
  for (let index = 0; index < 20_000; index++) {
    try {
      await ask(index)
    } catch (error) {
      return error
    }
  }
  return undefined
}

function mountSmallDisk(): AsyncDisposable & { readonly folder: string } {
  const folder = mkdtempSync(join(tmpdir(), "bot-bottle-disk-"))
  const mounted = Bun.spawnSync(["mount", "-t", "tmpfs", "-o", "size=2m,mode=0700", "tmpfs", folder])
  if (mounted.exitCode !== 0) throw new Error(mounted.stderr.toString())
  return {
    folder,
    async [Symbol.asyncDispose]() {
      Bun.spawnSync(["umount", "-l", folder])
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

function fill(path: string): void {
  const file = openSync(path, "w")
  try {
    for (;;) writeSync(file, Buffer.alloc(4096))
  } catch (error) {
    if (!(error instanceof Error && "code" in error && error.code === "ENOSPC")) throw error
  } finally {
    closeSync(file)
  }
}
