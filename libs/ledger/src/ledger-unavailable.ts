// The classes that callers branch on when a ledger, of whatever kind, cannot be had.

import { OperatorProblem } from "@bot-bottle/contracts"

/** The ledger cannot be read or written now: locked for too long, full disk, corrupt file, no network. */
export class LedgerUnavailable extends OperatorProblem {
  override readonly name: string = "LedgerUnavailable"
}

/** Its disk has no room. A reader may open a snapshot instead. */
export class LedgerFull extends LedgerUnavailable {}
