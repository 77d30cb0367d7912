// The classes that callers branch on when a ledger, of whatever kind, cannot be had.

import { OperatorProblem } from "@bot-bottle/contracts"

/** The ledger cannot be read or written now: locked for too long, full disk, corrupt file, no network. */
export class LedgerUnavailable extends OperatorProblem {
  override readonly name: string = "LedgerUnavailable"
}

/** A newer build has changed the shared ledger's schema. This host's changes stay in its own file until it runs that build. */
export class LedgerOutdated extends LedgerUnavailable {
  constructor(message: string, options: { readonly cause?: unknown } = {}) {
    super(message, {
      ...options,
      hint: "install that build on this host, too: this host keeps everything that it meters, and sends it then",
    })
  }
}

/** Its disk has no room. A reader may open a snapshot instead. */
export class LedgerFull extends LedgerUnavailable {}
