// A shared ledger that lets a command wait, in words.

/** `where`: the database, without its password. */
export function describeLedgerWait(where: string): string {
  return `waiting for the shared ledger ${where}`
}
