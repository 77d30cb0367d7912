// Which runs work on an issue of a forge, and on which pull request, from the records that forge
// runs keep.

import { createForgeStateStore } from "@bot-bottle/forge"
import type { ForgeRuns } from "./live-runs.ts"

export async function readForgeRuns(root: string): Promise<ForgeRuns> {
  const { states } = await createForgeStateStore(root).all()
  return new Map(
    states.map(({ owner, repo, issue_number, pr_number, slug }) => [
      slug,
      { issue: `${owner}/${repo}#${issue_number}`, pull_request: pr_number === null ? null : `#${pr_number}` },
    ]),
  )
}
