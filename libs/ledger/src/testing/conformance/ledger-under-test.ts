// A ledger as the conformance suite opens it. Types only.

import type { HostId } from "@bot-bottle/contracts"
import type { Ledger } from "../../ledger.ts"

export interface LedgerUnderTest extends AsyncDisposable {
  readonly ledger: Ledger
  /** Another handle on the same ledger, as another process would have. */
  openAnother(): Promise<Ledger>
  /** The same ledger, as a process on another host sees it. */
  openOnHost(host: HostId): Promise<Ledger>
}

/** Opens an empty ledger whose clock and calendar are the suite's. */
export type OpenLedgerForTest = (options: {
  readonly nowMs: () => number
  readonly timeZone: string
}) => LedgerUnderTest | Promise<LedgerUnderTest>
