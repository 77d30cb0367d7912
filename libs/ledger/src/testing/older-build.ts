// A host whose build is older than the shared ledger: it knows fewer of its migrations, and says so.

import { openFleetLedger } from "../fleet/open-fleet.ts"
import type { Ledger } from "../ledger.ts"
import type { OpenLedgerOptions } from "../open-ledger.ts"
import { POSTGRES_MIGRATIONS } from "../postgres/migrate-postgres.ts"

export const NEWEST_SCHEMA = POSTGRES_MIGRATIONS.length

/** `schema`: the newest migration that the build knows. */
export function openOlderHost(
  path: string,
  options: OpenLedgerOptions & Required<Pick<OpenLedgerOptions, "shared">>,
  schema: number,
): Promise<Ledger> {
  return openFleetLedger(path, { ...options, migrations: POSTGRES_MIGRATIONS.slice(0, schema) })
}
