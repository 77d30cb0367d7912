// The limits of a run's requests now, one row for each provider it meters, and one of money.

import { type Run, USD } from "@bot-bottle/contracts"
import type { GoverningBudget, Ledger } from "@bot-bottle/ledger"
import { readLaunchRecord } from "../launch/launch-record.ts"

/** Main provider first, money last; those that nothing limits are left out. */
export async function listGoverning(ledger: Ledger, root: string, run: Run): Promise<readonly GoverningBudget[]> {
  const record = readLaunchRecord(root, run.slug)
  // A listing shows the other runs, too.
  if (record?.outcome !== "parsed") return []
  const { budgets } = record.message
  const found = await Promise.all([...run.meters, USD].map((name) => ledger.governingBudget(budgets, name)))
  return found.filter((budget) => budget !== undefined)
}
