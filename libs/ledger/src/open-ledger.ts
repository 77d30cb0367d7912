// Opens the ledger: the host's own file and, when one is named, the ledger it shares with other
// hosts. The code for the latter is loaded only then.

import type { Ledger } from "./ledger.ts"
import type { SharedLedgerAddress } from "./postgres/connect.ts"
import { type LedgerOptions, openLedger as openOwnLedger } from "./sqlite/open-sqlite.ts"

export { openEmptyLedger, openLedgerSnapshot } from "./sqlite/open-sqlite.ts"

export interface OpenLedgerOptions extends LedgerOptions {
  readonly shared?: SharedLedgerAddress
}

/** Throws OperatorProblem for a file or an address that must not be used; LedgerUnavailable for a file that is locked. */
export async function openLedger(path: string, options: OpenLedgerOptions = {}): Promise<Ledger> {
  const { shared, ...rest } = options
  if (shared === undefined) return openOwnLedger(path, rest)
  const { openFleetLedger } = await import("./fleet/open-fleet.ts")
  return openFleetLedger(path, { ...rest, shared })
}
