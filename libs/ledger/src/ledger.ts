// The ledger that every process of bot-bottle writes to, as an interface that names no SQL.
// It is the sum of narrow roles: a function that takes one role shows what it may touch.
// A second store must be able to stand behind it unchanged (testing/conformance.ts).

import type { HostId } from "@bot-bottle/contracts"
import type { BudgetsLedger } from "./roles/budgets.ts"
import type { ClaimsLedger } from "./roles/claims.ts"
import type { AuditLedger, EnforcementLedger } from "./roles/enforcement.ts"
import type { Fleet } from "./roles/fleet.ts"
import type { MeteringLedger, UsageLedger } from "./roles/metering.ts"
import type { RunsLedger } from "./roles/runs.ts"
import type { SupervisionLedger } from "./roles/supervision.ts"
import type { WatchLedger } from "./roles/watching.ts"
import type { WindowsLedger } from "./roles/windows.ts"

export interface Ledger
  extends RunsLedger,
    ClaimsLedger,
    MeteringLedger,
    UsageLedger,
    BudgetsLedger,
    EnforcementLedger,
    AuditLedger,
    SupervisionLedger,
    WindowsLedger,
    WatchLedger,
    AsyncDisposable {
  /** This process creates, sweeps and acts on the runs of this host. */
  readonly host: HostId
  /** Other hosts on the same ledger; undefined when the ledger is this host's own. */
  readonly fleet: Fleet | undefined
  /** Finishes what is queued, as far as it can. Nothing may be asked afterwards. */
  close(): Promise<void>
}
