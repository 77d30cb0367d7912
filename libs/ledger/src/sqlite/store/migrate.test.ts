import { Database } from "bun:sqlite"
import { expect, test } from "bun:test"
import { readdirSync } from "node:fs"
import { join } from "node:path"
import { OperatorProblem } from "@bot-bottle/contracts"
import { openTempFolder } from "@bot-bottle/testkit"
import { openTempLedger, sampleBudgets } from "../../testing/index.ts"
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

// A launcher or a proxy of an older build continues while a newer one migrates the file. Its statements must
// still find their columns, and columns that they do not write need a default. Older schemas were never released.
const FIRST_KEPT = 6

test("a process of an older build continues to write: later migrations only add, and each new column has a default", () => {
  const db = new Database(":memory:", { strict: true })
  migrate(db, "x.db", nowMs, MIGRATIONS.slice(0, FIRST_KEPT))
  const before = columnsOf(db)
  expect(before.size).toBeGreaterThan(70)
  migrate(db, "x.db", nowMs)
  const after = columnsOf(db)
  for (const [name, { shape }] of before) expect([name, after.get(name)?.shape]).toEqual([name, shape])
  const tables = new Set([...before.values()].map(({ table }) => table))
  const added = [...after].filter(([name, { table }]) => !before.has(name) && tables.has(table))
  expect(added.filter(([, { mayBeLeftOut }]) => !mayBeLeftOut).map(([name]) => name)).toEqual([])
  expect(added.length).toBeGreaterThan(0)
})

test.each([6, 9, 13])(
  "requests that a build of schema %d left open are charged after the upgrade, and its usage stays",
  async (version) => {
    await using folder = await openTempFolder()
    const path = join(folder.path, "bot-bottle.db")
    const old = new Database(path, { strict: true })
    old.run("PRAGMA journal_mode = WAL")
    migrate(old, path, nowMs, MIGRATIONS.slice(0, version))
    old.run(`INSERT INTO run (slug, label, color, agent, bottles, ancestors, meters, provider, backend, policy, status, started_at_ms, launcher)
    VALUES ('mine', '', '', 'implementer', '["claude-dev"]', '[]', '["claude"]', 'claude', 'bwrap', 'cutoff', 'running', 1, '1:1:x')`)
    old.run(
      "INSERT INTO usage_quarter (run_id, provider, model, quarter_ms, requests, charged_tokens) VALUES (1, 'claude', 'opus', 0, 2, 70)",
    )
    const budgets = JSON.stringify(sampleBudgets("mine")).replaceAll("'", "''")
    old.run(`INSERT INTO terms (hash, provider, run_budgets, spend_ids) VALUES ('x', 'claude', '${budgets}', '[]')`)
    old.run(`INSERT INTO request (id, run_id, terms_id, provider, model, status, reserved_tokens, estimate_tokens, input_estimate_tokens, started_at_ms)
    VALUES ('open', 1, 1, 'claude', 'opus', 'reserved', 50, 50, 10, 1)`)
    old.close()

    await using ledger = await openLedger(path)
    await ledger.sweep({ host: ledger.host, isAlive: () => false })
    expect(await ledger.usage({ by: "run" })).toMatchObject([{ key: "mine", requests: 3, chargedTokens: 120 }])
  },
)

test("every table is STRICT", () => {
  const db = new Database(":memory:", { strict: true })
  migrate(db, "x.db", nowMs)
  const loose = db
    .query("SELECT name FROM pragma_table_list WHERE strict = 0 AND schema = 'main' AND name NOT LIKE 'sqlite_%'")
    .all()
  expect(loose).toEqual([])
})

interface Column {
  readonly table: string
  readonly shape: string
  readonly mayBeLeftOut: boolean
}

function columnsOf(db: Database): ReadonlyMap<string, Column> {
  const rows = db
    .query<{ tbl: string; name: string; type: string; notnull: number; dflt: string | null; pk: number }, []>(
      `SELECT t.name AS tbl, c.name, c.type, c."notnull", c.dflt_value AS dflt, c.pk
       FROM pragma_table_list t, pragma_table_info(t.name) c WHERE t.schema = 'main' AND t.name NOT LIKE 'sqlite_%'`,
    )
    .all()
  return new Map(
    rows.map(({ tbl, name, type, notnull, dflt, pk }) => [
      `${tbl}.${name}`,
      { table: tbl, shape: `${type} ${pk}`, mayBeLeftOut: notnull === 0 || dflt !== null },
    ]),
  )
}

async function problemOf(open: () => Promise<unknown>): Promise<OperatorProblem> {
  try {
    await open()
  } catch (error) {
    return error as OperatorProblem
  }
  throw new Error("It opened")
}
