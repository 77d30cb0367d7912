// A SQLite ledger in a folder of its own, gone when the test is over.

import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import type { Ledger } from "../ledger.ts"
import { type LedgerOptions, openLedger } from "../sqlite/open-sqlite.ts"

export interface TempLedger extends AsyncDisposable {
  readonly ledger: Ledger
  readonly folder: string
  readonly path: string
  /** A second handle on the same file, as another process would have. Closed with the rest. */
  openAnother(): Ledger
}

export function openTempLedger(options: LedgerOptions = {}): TempLedger {
  const folder = mkdtempSync(join(tmpdir(), "bot-bottle-ledger-"))
  const path = join(folder, "bot-bottle.db")
  const opened: Ledger[] = []
  const openAnother = () => {
    const ledger = openLedger(path, options)
    opened.push(ledger)
    return ledger
  }
  return {
    ledger: openAnother(),
    folder,
    path,
    openAnother,
    async [Symbol.asyncDispose]() {
      for (const ledger of opened) ledger.close()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}
