// Removes what a killed run wrote, when its operator asks for it before a cleanup does.

import { OperatorProblem, type Slug } from "@bot-bottle/contracts"
import type { Ledger } from "@bot-bottle/ledger"
import { CLEANED_UP, loadRun } from "../client/find-run.ts"
import type { ControlHost } from "../host.ts"
import { removeRunFiles } from "./remove-run-files.ts"

/** Throws OperatorProblem for a run that is not killed. */
export async function removeKilledRun({ env }: ControlHost, ledger: Ledger, slug: Slug): Promise<void> {
  const run = await loadRun(ledger, slug)
  if (run.status !== "killed") {
    throw new OperatorProblem(`run '${slug}' is ${run.status}, and only the files of a killed run are removed`, {
      hint: `bot-bottle kill ${slug} --delete`,
    })
  }
  // From here on no review begins; one that has begun loses its files, as with any removal.
  await ledger.updateRunAsSeen(run, { endReason: CLEANED_UP })
  removeRunFiles(env.root, slug)
}
