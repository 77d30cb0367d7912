// Brings a ledger file up to this build's schema. Forward only; there is no "down".
//
//   A migration that has shipped never changes. Each applied one is stored with its hash; a ledger whose
//   history this build does not carry, byte for byte, is refused, not repaired.
//
// The SQL stands in the top-level migrations/ folder, so this file holds the workspace's one
// relative import that leaves it (tools/architecture.test.ts allows exactly that folder).

import type { Database } from "bun:sqlite"
import { OperatorProblem } from "@bot-bottle/contracts"
import runsAndRequests from "../../../../../migrations/0001-runs-and-requests.sql" with { type: "text" }
import budgetsAndSpend from "../../../../../migrations/0002-budgets-and-spend.sql" with { type: "text" }
import enforcementAndAudit from "../../../../../migrations/0003-enforcement-and-audit.sql" with { type: "text" }
import pendingEnforcement from "../../../../../migrations/0004-pending-enforcement.sql" with { type: "text" }
import hostsAndClaims from "../../../../../migrations/0005-hosts-and-claims.sql" with { type: "text" }
import fleet from "../../../../../migrations/0006-fleet.sql" with { type: "text" }
import requestCosts from "../../../../../migrations/0007-what-requests-cost.sql" with { type: "text" }
import proposals from "../../../../../migrations/0008-proposals.sql" with { type: "text" }
import loginsAndWindows from "../../../../../migrations/0009-logins-and-windows.sql" with { type: "text" }
import money from "../../../../../migrations/0010-money.sql" with { type: "text" }
import tags from "../../../../../migrations/0011-tags.sql" with { type: "text" }
import fanOut from "../../../../../migrations/0012-fan-out.sql" with { type: "text" }
import sessions from "../../../../../migrations/0013-sessions.sql" with { type: "text" }
import orchestrators from "../../../../../migrations/0014-orchestrators.sql" with { type: "text" }

export interface Migration {
  readonly version: number
  readonly name: string
  readonly sql: string
}

export const MIGRATIONS: readonly Migration[] = [
  { version: 1, name: "0001-runs-and-requests", sql: runsAndRequests },
  { version: 2, name: "0002-budgets-and-spend", sql: budgetsAndSpend },
  { version: 3, name: "0003-enforcement-and-audit", sql: enforcementAndAudit },
  { version: 4, name: "0004-pending-enforcement", sql: pendingEnforcement },
  { version: 5, name: "0005-hosts-and-claims", sql: hostsAndClaims },
  { version: 6, name: "0006-fleet", sql: fleet },
  { version: 7, name: "0007-what-requests-cost", sql: requestCosts },
  { version: 8, name: "0008-proposals", sql: proposals },
  { version: 9, name: "0009-logins-and-windows", sql: loginsAndWindows },
  { version: 10, name: "0010-money", sql: money },
  { version: 11, name: "0011-tags", sql: tags },
  { version: 12, name: "0012-fan-out", sql: fanOut },
  { version: 13, name: "0013-sessions", sql: sessions },
  { version: 14, name: "0014-orchestrators", sql: orchestrators },
]

const CREATE_SCHEMA_VERSION = `
  CREATE TABLE IF NOT EXISTS schema_version (
    version       INTEGER PRIMARY KEY,
    name          TEXT    NOT NULL,
    sha256        TEXT    NOT NULL,
    applied_at_ms INTEGER NOT NULL
  ) STRICT`

/** Each migration in its own transaction; several processes may do this at once. Throws OperatorProblem for a foreign history. */
export function migrate(db: Database, path: string, nowMs: () => number, migrations = MIGRATIONS): void {
  refuseForeignHistory(loadApplied(db), path, migrations)
  // An up-to-date ledger opens without the write lock, whoever holds it.
  for (const migration of migrations) {
    if (!loadApplied(db).has(migration.version)) apply(db, migration, nowMs)
  }
  refuseForeignHistory(loadApplied(db), path, migrations)
}

function apply(db: Database, { version, name, sql }: Migration, nowMs: () => number): void {
  db.transaction(() => {
    db.run(CREATE_SCHEMA_VERSION)
    // Read again under the lock: another process may have been faster.
    if (loadApplied(db).has(version)) return
    db.run(sql)
    db.query("INSERT INTO schema_version (version, name, sha256, applied_at_ms) VALUES (?, ?, ?, ?)").run(
      version,
      name,
      sha256(sql),
      nowMs(),
    )
  }).immediate()
}

type Applied = ReadonlyMap<number, { readonly name: string; readonly sha256: string }>

function refuseForeignHistory(history: Applied, path: string, migrations: readonly Migration[]): void {
  for (const [version, applied] of history) {
    const carried = migrations.find((migration) => migration.version === version)
    if (!carried) {
      throw new OperatorProblem(`Ledger ${path} was written by a newer build (migration ${applied.name})`, {
        hint: "Update bot-bottle, or name another folder in BOT_BOTTLE_HOME",
      })
    }
    if (sha256(carried.sql) !== applied.sha256) {
      throw new OperatorProblem(`Ledger ${path} was written with another version of migration ${applied.name}`, {
        hint: "Use the build that wrote it, or name another folder in BOT_BOTTLE_HOME",
      })
    }
  }
}

function loadApplied(db: Database): Applied {
  if (db.query("SELECT 1 FROM sqlite_master WHERE name = 'schema_version'").get() === null) return new Map()
  const rows = db.query<{ version: number; name: string; sha256: string }, []>("SELECT * FROM schema_version")
  return new Map(rows.all().map(({ version, name, sha256 }) => [version, { name, sha256 }]))
}

function sha256(text: string): string {
  return new Bun.CryptoHasher("sha256").update(text).digest("hex")
}
