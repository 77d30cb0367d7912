// The lock is held by real processes; they are named to those who wait for it in vain.

import { Database } from "bun:sqlite"
import { expect, test } from "bun:test"
import { writeFileSync } from "node:fs"
import { join } from "node:path"
import { startProgram, waitFor } from "@bot-bottle/testkit"
import { openTempLedger, sampleRun } from "../../testing/index.ts"
import { openLedger } from "../open-sqlite.ts"
import { parseHolder } from "./lock-holder.ts"

const FIXTURE = join(import.meta.dir, "../testing/holding-fixture.ts")

// biome-ignore format: a table
test.each([
  // the line                                                          holder of inode 77
  ["1: POSIX  ADVISORY  WRITE 4321 fe:00:77 120 120",                  4321],
  ["12: POSIX  ADVISORY  WRITE 4321 00:2c:77 120 EOF",                 4321],
  ["1: POSIX  ADVISORY  WRITE 4321 fe:00:77 121 121",                  undefined],
  ["1: POSIX  ADVISORY  READ  4321 fe:00:77 120 120",                  undefined],
  ["1: POSIX  ADVISORY  WRITE 4321 fe:00:770 120 120",                 undefined],
  ["1: -> POSIX  ADVISORY  WRITE 4321 fe:00:77 120 120",               undefined],
  ["1: FLOCK  ADVISORY  WRITE 4321 fe:00:77 0 EOF",                    undefined],
  ["",                                                                 undefined],
] as const)("parseHolder reads %j as %p", (line, pid) => {
  expect(parseHolder(`9: POSIX  ADVISORY  WRITE 1 fe:00:5 0 0\n${line}\n`, 77)).toBe(pid)
})

// biome-ignore format: a table
test.each([
  ["the proxy of another run", ["impl-other"], "the proxy of run impl-other"],
  ["a program of no run",      [],             "bun"],
] as const)("a writer is told that %s holds the lock, and how to end it", async (_what, slug, owner) => {
  await using temp = await openTempLedger({ settleTimeoutMs: 50 })
  await using holder = await holdIn(temp.path, slug)
  await expect(temp.ledger.createRun(sampleRun("impl-mine1"))).rejects.toMatchObject({
    name: "LedgerUnavailable",
    message: `Ledger ${temp.path} stays locked by process ${holder.pid}, ${owner}`,
    hint: `if it hangs, 'kill -9 ${holder.pid}' ends it; nothing committed is lost`,
  })

  holder.kill("SIGSTOP")
  await waitFor("the holder to stop", async () => / T /.test(await Bun.file(`/proc/${holder.pid}/stat`).text()))
  await expect(temp.ledger.createRun(sampleRun("impl-mine1"))).rejects.toMatchObject({
    message: `Ledger ${temp.path} stays locked by process ${holder.pid}, ${owner}, which is stopped`,
    hint: `'kill -CONT ${holder.pid}' resumes it, 'kill -9 ${holder.pid}' ends it; nothing committed is lost`,
  })

  holder.kill("SIGKILL")
  await holder.result
  await temp.ledger.createRun(sampleRun("impl-mine1"))
})

test("a ledger that is locked before it has its schema names the holder, too", async () => {
  await using temp = await openTempLedger()
  const path = `${temp.path}.new`
  writeFileSync(path, "", { mode: 0o600 })
  const empty = new Database(path)
  empty.run("PRAGMA journal_mode = WAL")
  await using holder = await holdIn(path, [])
  await expect(openLedger(path, { openTimeoutMs: 50 })).rejects.toMatchObject({
    message: `Ledger ${path} stays locked by process ${holder.pid}, bun`,
  })
})

async function holdIn(path: string, slug: readonly string[]) {
  const holder = startProgram([process.execPath, FIXTURE, path, ...slug])
  await holder.untilStdout(/held/)
  return holder
}
