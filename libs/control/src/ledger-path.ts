// Where a host's ledger lies.

import { join } from "node:path"

export function ledgerPath(root: string): string {
  return join(root, "bot-bottle.db")
}
