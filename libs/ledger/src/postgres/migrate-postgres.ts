// Brings a shared ledger up to this build's schema. The rules are those of the SQLite file. An advisory
// lock keeps hosts that do it at once apart.

import { OperatorProblem } from "@bot-bottle/contracts"
import fleet from "../../../../migrations/postgres/0001-fleet.sql" with { type: "text" }
import money from "../../../../migrations/postgres/0002-money.sql" with { type: "text" }
import tags from "../../../../migrations/postgres/0003-tags.sql" with { type: "text" }
import issues from "../../../../migrations/postgres/0004-forge-issues.sql" with { type: "text" }
import builds from "../../../../migrations/postgres/0005-builds.sql" with { type: "text" }
import hearing from "../../../../migrations/postgres/0006-hosts-that-only-hear.sql" with { type: "text" }
import { LedgerOutdated } from "../ledger-unavailable.ts"
import type { Connection } from "./connect.ts"

export interface PostgresMigration {
  readonly version: number
  readonly name: string
  readonly sql: string
}

export const POSTGRES_MIGRATIONS: readonly PostgresMigration[] = [
  { version: 1, name: "0001-fleet", sql: fleet },
  { version: 2, name: "0002-money", sql: money },
  { version: 3, name: "0003-tags", sql: tags },
  { version: 4, name: "0004-forge-issues", sql: issues },
  { version: 5, name: "0005-builds", sql: builds },
  { version: 6, name: "0006-hosts-that-only-hear", sql: hearing },
]

/** The oldest that we test with. */
const MIN_SERVER = 15
/** "botbottl", as a number that nobody else takes by chance. */
const LOCK = "7093015488241529452"

/** One round trip when there is nothing to do. Throws LedgerOutdated for a newer schema, OperatorProblem for an edited one or an old server. */
export async function migratePostgres(
  connection: Pick<Connection, "rows">,
  migrations: readonly PostgresMigration[],
): Promise<void> {
  if ((await check(connection, migrations)) === migrations.length) return
  for (const { version, name, sql } of migrations) {
    // A block of its own is one statement and one transaction; the lock ends with it.
    await connection.rows(
      `DO $migrate$ BEGIN
        PERFORM pg_advisory_xact_lock(${LOCK});
        CREATE TABLE IF NOT EXISTS schema_version (version integer PRIMARY KEY, name text NOT NULL,
          sha256 text NOT NULL, applied_at timestamptz NOT NULL DEFAULT now());
        IF NOT EXISTS (SELECT 1 FROM schema_version WHERE version = ${version}) THEN
          EXECUTE ${quoted(sql)};
          INSERT INTO schema_version (version, name, sha256) VALUES (${version}, '${name}', '${sha256(sql)}');
        END IF;
      END $migrate$`,
      [],
    )
  }
  await check(connection, migrations)
}

async function check(connection: Pick<Connection, "rows">, migrations: readonly PostgresMigration[]): Promise<number> {
  const [known] = await connection.rows<{ there: boolean; server: number }>(
    "SELECT to_regclass('schema_version') IS NOT NULL AS there, current_setting('server_version_num')::integer AS server",
    [],
  )
  if (known !== undefined && known.server < MIN_SERVER * 10_000)
    throw new OperatorProblem(
      `The shared ledger's server is PostgreSQL ${Math.floor(known.server / 10_000)}, and ${MIN_SERVER} or newer is needed`,
      { hint: "upgrade the server, or name another one" },
    )
  if (known?.there !== true) return 0
  const rows = await connection.rows<{ version: number; name: string; sha256: string }>(
    "SELECT version, name, sha256 FROM schema_version ORDER BY version",
    [],
  )
  for (const { version, name, sha256: hash } of rows) {
    const carried = migrations.find((migration) => migration.version === version)
    if (carried === undefined)
      throw new LedgerOutdated(
        `A newer build has brought the shared ledger to schema ${rows.at(-1)?.version} (${name}), and this build knows schema ${migrations.length}`,
      )
    if (sha256(carried.sql) !== hash)
      throw new OperatorProblem(`The shared ledger was written with another version of migration ${name}`, {
        hint: "Run the same build on every host",
      })
  }
  return rows.length
}

function quoted(sql: string): string {
  return `$body_of_migration$${sql}$body_of_migration$`
}

function sha256(text: string): string {
  return new Bun.CryptoHasher("sha256").update(text).digest("hex")
}
