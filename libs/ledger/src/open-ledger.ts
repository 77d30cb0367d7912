// Opens the ledger: the host's own file and, when one is named, the ledger it shares with other
// hosts. The code for the latter is loaded only then.

import type { FleetOptions } from "./fleet/open-fleet.ts"
import type { Ledger } from "./ledger.ts"
import { type LedgerOptions, openLedger as openOwnLedger } from "./sqlite/open-sqlite.ts"

export interface OpenLedgerOptions extends LedgerOptions {
  readonly fleet?: Pick<FleetOptions, "shared" | "onTrouble">
}

/** Throws OperatorProblem for a file or an address that must not be used; LedgerUnavailable for a file that is locked. */
export async function openLedger(path: string, options: OpenLedgerOptions = {}): Promise<Ledger> {
  const { fleet, ...rest } = options
  if (fleet === undefined) return openOwnLedger(path, rest)
  const { openFleetLedger } = await import("./fleet/open-fleet.ts")
  return openFleetLedger(path, { ...rest, ...fleet })
}
