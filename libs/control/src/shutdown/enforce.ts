// One action on one run that is on record: done or failed, whatever happens in between.

import type { Ledger } from "@bot-bottle/ledger"

/** `id`: of the step in the ledger. */
export async function enforce(
  ledger: Pick<Ledger, "finishEnforcement">,
  id: number,
  act: () => Promise<void>,
): Promise<void> {
  try {
    await act()
  } catch (error) {
    const problem = error instanceof Error ? error.message : String(error)
    await ledger.finishEnforcement(id, { outcome: "failed", error: problem })
    throw error
  }
  await ledger.finishEnforcement(id, { outcome: "done" })
}
