// The ledger's part that remembers how much of its own windows a provider said is used.

import type { ProviderWindow } from "@bot-bottle/contracts"

export interface WindowsLedger {
  /** The newer word on a window stands, whichever process writes last. */
  noteWindows(windows: readonly ProviderWindow[]): Promise<void>
  /** By provider, account and name. Also those that have reset since. */
  listWindows(): Promise<readonly ProviderWindow[]>
}
