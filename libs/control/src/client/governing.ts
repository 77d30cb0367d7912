// The limits of a run's requests now, one row for each provider it meters.

import type { Run } from "@bot-bottle/contracts"
import type { GoverningBudget, Ledger } from "@bot-bottle/ledger"
import { readLaunchRecord } from "../launch/launch-record.ts"

/** Main provider first; providers that nothing limits are left out. */
export async function listGoverning(ledger: Ledger, root: string, run: Run): Promise<readonly GoverningBudget[]> {
  const record = readLaunchRecord(root, run.slug)
  // A listing shows the other runs, too.
  if (record?.outcome !== "parsed") return []
  const { budgets } = record.message
  const found = await Promise.all(run.meters.map((provider) => ledger.governingBudget(budgets, provider)))
  return found.filter((budget) => budget !== undefined)
}
