// A SQLite ledger in a folder of its own, gone when the test is over.

import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import type { HostId } from "@bot-bottle/contracts"
import type { Ledger } from "../ledger.ts"
import { type LedgerOptions, openLedger } from "../sqlite/open-sqlite.ts"

export interface TempLedger extends AsyncDisposable {
  readonly ledger: Ledger
  readonly folder: string
  readonly path: string
  /** A second handle on the same file, as another process would have. Closed with the rest. */
  openAnother(): Promise<Ledger>
  openOnHost(host: HostId): Promise<Ledger>
}

export async function openTempLedger(options: LedgerOptions = {}): Promise<TempLedger> {
  const folder = mkdtempSync(join(tmpdir(), "bot-bottle-ledger-"))
  const path = join(folder, "bot-bottle.db")
  const opened: Ledger[] = []
  const open = async (change: LedgerOptions) => {
    const ledger = await openLedger(path, { ...options, ...change })
    opened.push(ledger)
    return ledger
  }
  return {
    ledger: await open({}),
    folder,
    path,
    openAnother: () => open({}),
    openOnHost: (host) => open({ host }),
    async [Symbol.asyncDispose]() {
      for (const ledger of opened) await ledger.close()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}
