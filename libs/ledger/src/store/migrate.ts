// Brings a ledger file up to this build's schema. Forward only; there is no "down".
//
//   INV-7  A migration that has shipped never changes. Each applied one is stored with its
//          hash; a ledger whose history this build does not carry, byte for byte, is
//          refused, not repaired.
//
// The SQL stands in the top-level migrations/ folder, so this file holds the workspace's one
// relative import that leaves it (tools/architecture.test.ts allows exactly that folder).

import type { Database } from "bun:sqlite"
import { OperatorProblem } from "@bot-bottle/contracts"
import runsAndRequests from "../../../../migrations/0001-runs-and-requests.sql" with { type: "text" }
import budgetsAndSpend from "../../../../migrations/0002-budgets-and-spend.sql" with { type: "text" }
import enforcementAndAudit from "../../../../migrations/0003-enforcement-and-audit.sql" with { type: "text" }

export interface Migration {
  readonly version: number
  readonly name: string
  readonly sql: string
}

export const MIGRATIONS: readonly Migration[] = [
  { version: 1, name: "0001-runs-and-requests", sql: runsAndRequests },
  { version: 2, name: "0002-budgets-and-spend", sql: budgetsAndSpend },
  { version: 3, name: "0003-enforcement-and-audit", sql: enforcementAndAudit },
]

/** Each migration in its own transaction; several processes may do this at once. Throws OperatorProblem for a foreign history. */
export function migrate(db: Database, path: string, nowMs: () => number, migrations = MIGRATIONS): void {
  db.transaction(() =>
    db.run(`CREATE TABLE IF NOT EXISTS schema_version (
      version INTEGER PRIMARY KEY, name TEXT NOT NULL, sha256 TEXT NOT NULL, applied_at_ms INTEGER NOT NULL
    ) STRICT`),
  ).immediate()

  const apply = db.transaction((migration: Migration) => {
    // Read inside the transaction: another process may have been faster.
    if (loadApplied(db).has(migration.version)) return
    db.run(migration.sql)
    db.query("INSERT INTO schema_version (version, name, sha256, applied_at_ms) VALUES (?, ?, ?, ?)").run(
      migration.version,
      migration.name,
      sha256(migration.sql),
      nowMs(),
    )
  })

  refuseForeignHistory(db, path, migrations)
  for (const migration of migrations) apply.immediate(migration)
  refuseForeignHistory(db, path, migrations)
}

function refuseForeignHistory(db: Database, path: string, migrations: readonly Migration[]): void {
  for (const [version, applied] of loadApplied(db)) {
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

function loadApplied(db: Database): ReadonlyMap<number, { name: string; sha256: string }> {
  const rows = db.query<{ version: number; name: string; sha256: string }, []>(
    "SELECT version, name, sha256 FROM schema_version ORDER BY version",
  )
  return new Map(rows.all().map(({ version, ...row }) => [version, row]))
}

function sha256(text: string): string {
  return new Bun.CryptoHasher("sha256").update(text).digest("hex")
}
