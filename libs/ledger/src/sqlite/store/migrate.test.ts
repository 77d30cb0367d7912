import { Database } from "bun:sqlite"
import { expect, test } from "bun:test"
import { readdirSync } from "node:fs"
import { join } from "node:path"
import { OperatorProblem } from "@bot-bottle/contracts"
import { openTempLedger } from "../../testing/index.ts"
import { openLedger } from "../open-sqlite.ts"
import { MIGRATIONS, migrate } from "./migrate.ts"

const nowMs = () => 1

test("every file in migrations/ is carried, in order", () => {
  const files = readdirSync(join(import.meta.dir, "../../../../../migrations"))
    .filter((name) => name.endsWith(".sql"))
    .sort()
  expect(MIGRATIONS.map(({ name }) => `${name}.sql`)).toEqual(files)
  expect(MIGRATIONS.map(({ version }) => version)).toEqual(MIGRATIONS.map((_, index) => index + 1))
})

test("migrating twice changes nothing", () => {
  const db = new Database(":memory:", { strict: true })
  migrate(db, "x.db", nowMs)
  const before = db.query("SELECT * FROM schema_version").all()
  migrate(db, "x.db", () => 2)
  expect(db.query("SELECT * FROM schema_version").all()).toEqual(before)
})

test.each([
  [
    "another hash",
    "UPDATE schema_version SET sha256 = 'edited' WHERE version = 2",
    "another version of migration 0002",
  ],
  [
    "an unknown migration",
    "INSERT INTO schema_version VALUES (99, '0099-from-the-future', 'x', 1)",
    "newer build (migration 0099-from-the-future)",
  ],
])("a ledger with %s is refused, with a hint", async (_what, edit, message) => {
  await using temp = await openTempLedger()
  const db = new Database(temp.path)
  db.run(edit)
  db.close()
  const problem = await problemOf(() => openLedger(temp.path))
  expect(problem).toBeInstanceOf(OperatorProblem)
  expect([problem.message.includes(message), problem.message.includes(temp.path), problem.hint !== undefined]).toEqual([
    true,
    true,
    true,
  ])
})

test("a migration that fails leaves the ones before it and nothing of itself", () => {
  const db = new Database(":memory:", { strict: true })
  const [first] = MIGRATIONS
  const broken = { version: 2, name: "0002-broken", sql: "CREATE TABLE kept_not (a); SELECT * FROM no_such_table;" }
  expect(() => migrate(db, "x.db", nowMs, [first!, broken])).toThrow("no_such_table")
  expect(db.query("SELECT version FROM schema_version").all()).toEqual([{ version: 1 }])
  expect(db.query("SELECT name FROM sqlite_master WHERE name = 'kept_not'").all()).toEqual([])
})

test("every table is STRICT", () => {
  const db = new Database(":memory:", { strict: true })
  migrate(db, "x.db", nowMs)
  const loose = db
    .query("SELECT name FROM pragma_table_list WHERE strict = 0 AND schema = 'main' AND name NOT LIKE 'sqlite_%'")
    .all()
  expect(loose).toEqual([])
})

async function problemOf(open: () => Promise<unknown>): Promise<OperatorProblem> {
  try {
    await open()
  } catch (error) {
    return error as OperatorProblem
  }
  throw new Error("It opened")
}
