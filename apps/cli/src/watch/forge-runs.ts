// Which runs work on an issue of a forge, and on which pull request, from the records that forge
// runs keep.

import { openForgeState } from "@bot-bottle/control"
import { type Ledger, LedgerUnavailable } from "@bot-bottle/ledger"
import type { ForgeRuns } from "./live-runs.ts"

/** None while a shared ledger cannot be had: the host's own runs are shown all the same. */
export async function readForgeRuns(root: string, ledger: Ledger): Promise<ForgeRuns> {
  const { states } = await (await openForgeState(root, ledger)).all().catch((error: unknown) => {
    if (error instanceof LedgerUnavailable) return { states: [] }
    throw error
  })
  return new Map(
    states.map(({ owner, repo, issue_number, pr_number, slug }) => [
      slug,
      { issue: `${owner}/${repo}#${issue_number}`, pull_request: pr_number === null ? null : `#${pr_number}` },
    ]),
  )
}
