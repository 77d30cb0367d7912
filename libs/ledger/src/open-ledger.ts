// Opens the ledger file: checks who can write it, brings its schema up to date, and hands
// out the repository.

import type { Ledger } from "./ledger.ts"

/** The ledger cannot be read or written now: locked past patience, full disk, corrupt file. */
export class LedgerUnavailable extends Error {
  override readonly name = "LedgerUnavailable"
}

export interface LedgerOptions {
  readonly nowMs?: () => number
}

/** Throws OperatorProblem for a newer build's file, a corrupt file, or one another user can write. */
export function openLedger(path: string, options: LedgerOptions = {}): Ledger {
  throw new Error(`to be built: ${path} ${options}`)
}
