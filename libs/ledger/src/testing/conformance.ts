// The duties of every implementation of the `Ledger` interface must do, as a test suite: run it
// against SQLite today, against a shared database tomorrow.
//
//   createLedgerConformance("sqlite", async (options) => …)
//
// It speaks the interface only. Details of one store (files, locks, crashes) are tested beside that
// store.

import { describe } from "bun:test"
import { describeAudit } from "./conformance/audit.ts"
import { describeBudgets } from "./conformance/budgets.ts"
import { describeClaims } from "./conformance/claims.ts"
import { describeEnforcement } from "./conformance/enforcement.ts"
import { describeFanOut } from "./conformance/fan-out.ts"
import { describeHosts } from "./conformance/hosts.ts"
import type { OpenLedgerForTest } from "./conformance/ledger-under-test.ts"
import { describeMoney } from "./conformance/money.ts"
import { describePages } from "./conformance/pages.ts"
import { describeRequests } from "./conformance/requests.ts"
import { describeRuns } from "./conformance/runs.ts"
import { describeSupervision } from "./conformance/supervision.ts"
import { describeSweep } from "./conformance/sweep.ts"
import { describeUsage } from "./conformance/usage.ts"
import { describeWatching } from "./conformance/watching.ts"
import { describeWindows } from "./conformance/windows.ts"

export function createLedgerConformance(name: string, open: OpenLedgerForTest): void {
  describe(`Ledger conformance: ${name}`, () => {
    describeRuns(open)
    describeRequests(open)
    describeBudgets(open)
    describeSupervision(open)
    describeMoney(open)
    describeFanOut(open)
    describeSweep(open)
    describeUsage(open)
    describeEnforcement(open)
    describeAudit(open)
    describeClaims(open)
    describeWindows(open)
    describeHosts(open)
    describePages(open)
    describeWatching(open)
  })
}
