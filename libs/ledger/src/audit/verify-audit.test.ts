import { Database } from "bun:sqlite"
import { expect, test } from "bun:test"
import { rmSync } from "node:fs"
import { join } from "node:path"
import { openTempLedger, type TempLedger } from "../testing/index.ts"
import { type AuditRecord, auditHash } from "./audit-hash.ts"

type Tamper = (db: Database, temp: TempLedger) => unknown

const sql =
  (text: string): Tamper =>
  (db) =>
    db.run(text)

// biome-ignore format: a table
test.each<[string, Tamper, number, string]>([
  ["a changed detail",                        sql("UPDATE audit SET detail = '{\"n\":99}' WHERE seq = 3"),  3, "changed"],
  ["a detail that only looks different",      sql("UPDATE audit SET detail = '{\"n\": 3}' WHERE seq = 3"),  3, "changed"],
  ["a detail that is not JSON",                sql("UPDATE audit SET detail = 'x' WHERE seq = 1"),           1, "changed"],
  ["a changed actor",                         sql("UPDATE audit SET actor = 'nobody' WHERE seq = 5"),       5, "changed"],
  ["a changed time",                          sql("UPDATE audit SET at_ms = at_ms + 1 WHERE seq = 1"),      1, "changed"],
  ["a changed hash",                          sql("UPDATE audit SET hash = prev_hash WHERE seq = 2"),       2, "changed"],
  ["a changed link",                          sql("UPDATE audit SET prev_hash = hash WHERE seq = 4"),       4, "changed"],
  ["a row changed and hashed again",           (db) => rewrite(db, 3),                                       3, "changed"],
  ["the first row changed and hashed again",   (db) => rewrite(db, 1),                                       1, "changed"],
  ["the last row changed and hashed again",    (db) => rewrite(db, 5),                                       5, "changed"],
  ["a tail rewritten from row 3 on",          (db) => [3, 4, 5].map((seq) => rewrite(db, seq)),             5, "changed"],
  ["a row removed",                           sql("DELETE FROM audit WHERE seq = 3"),                       3, "removed"],
  ["the first row removed",                   sql("DELETE FROM audit WHERE seq = 1"),                       1, "removed"],
  ["two rows removed",                        sql("DELETE FROM audit WHERE seq IN (2, 3)"),                 2, "removed"],
  ["a row removed and the gap closed",        (db) => remove(db, 3),                                        3, "removed"],
  ["the first row removed, the gap closed",   (db) => remove(db, 1),                                        1, "removed"],
  ["two rows swapped",                        (db) => swap(db, 2, 4),                                       2, "reordered"],
  ["two neighbours swapped",                  (db) => swap(db, 2, 3),                                       2, "reordered"],
  ["the first two swapped",                   (db) => swap(db, 1, 2),                                       1, "reordered"],
  ["a row moved to the end",                  sql("UPDATE audit SET seq = 6 WHERE seq = 2"),                2, "reordered"],
  ["the last row cut off",                    sql("DELETE FROM audit WHERE seq = 5"),                       5, "truncated"],
  ["the last three cut off",                  sql("DELETE FROM audit WHERE seq > 2"),                       3, "truncated"],
  ["everything cut off",                      sql("DELETE FROM audit"),                                     1, "truncated"],
  ["the head removed",                        (_, { folder }) => rmSync(join(folder, "audit-head")),        6, "truncated"],
  ["the head emptied",                        (_, { folder }) => Bun.write(join(folder, "audit-head"), ""), 6, "truncated"],
])("INV-32: %s is found", async (_what, tamper, seq, problem) => {
  await using temp = await tempWithRows(5)
  // The positive control: before, it is whole.
  expect(await temp.ledger.verifyAudit()).toEqual({ outcome: "intact", rows: 5 })
  const db = new Database(temp.path)
  await tamper(db, temp)
  db.close()
  expect(await temp.ledger.verifyAudit()).toEqual({ outcome: "broken", seq, problem } as never)

  // Rows added later, from this process or a new one, do not seal it again.
  await append(temp, 6)
  await append({ ...temp, ledger: await temp.openAnother() }, 7)
  expect((await temp.ledger.verifyAudit()).outcome).toBe("broken")
})

test("INV-32: a head that a crash left behind does not count as a finding, and the next row repairs it", async () => {
  await using temp = await tempWithRows(3)
  const head = join(temp.folder, "audit-head")
  const behind = await Bun.file(head).text()
  await append(temp, 4)
  await append(temp, 5)
  const ahead = await Bun.file(head).text()
  await Bun.write(head, behind)
  expect(await temp.ledger.verifyAudit()).toEqual({ outcome: "intact", rows: 5 })
  await append(temp, 6)
  expect(await temp.ledger.verifyAudit()).toEqual({ outcome: "intact", rows: 6 })
  const mended = await Bun.file(head).text()
  expect([ahead.startsWith('{"seq":5,'), mended.startsWith('{"seq":6,')]).toEqual([true, true])
})

test("INV-32: a head is not made again for a trail that has rows", async () => {
  await using temp = await tempWithRows(2)
  rmSync(join(temp.folder, "audit-head"))
  expect(await (await temp.openAnother()).verifyAudit()).toEqual({ outcome: "broken", seq: 3, problem: "truncated" })
})

async function tempWithRows(count: number): Promise<TempLedger> {
  const temp = await openTempLedger()
  for (let n = 1; n <= count; n++) await append(temp, n)
  return temp
}

async function append({ ledger }: Pick<TempLedger, "ledger">, n: number): Promise<void> {
  await ledger.appendAudit({ slug: "run", kind: "test", actor: "operator", detail: { n } })
}

/** As somebody would who knows how the hash is made. Links to whatever row is before it now. */
function rewrite(db: Database, seq: number): void {
  const before = db.query<AuditRecord, [number]>("SELECT * FROM audit WHERE seq = ?").get(seq - 1)
  const row = db.query<AuditRecord, [number]>("SELECT * FROM audit WHERE seq = ?").get(seq)
  if (!row) throw new Error(`No row ${seq}`)
  const forged = { ...row, actor: "forger", prev_hash: before?.hash ?? row.prev_hash }
  db.query("UPDATE audit SET actor = ?, prev_hash = ?, hash = ? WHERE seq = ?").run(
    forged.actor,
    forged.prev_hash,
    auditHash(forged)!,
    seq,
  )
}

function swap(db: Database, a: number, b: number): void {
  db.run(`UPDATE audit SET seq = -1 WHERE seq = ${a}`)
  db.run(`UPDATE audit SET seq = ${a} WHERE seq = ${b}`)
  db.run(`UPDATE audit SET seq = ${b} WHERE seq = -1`)
}

function remove(db: Database, seq: number): void {
  db.run(`DELETE FROM audit WHERE seq = ${seq}`)
  for (let next = seq + 1; next <= 5; next++) db.run(`UPDATE audit SET seq = ${next - 1} WHERE seq = ${next}`)
}
