// Joins what a call needs: the scoped forge, the cleaning of text, the run's own records.

import { forgeTagValue, PULL_REQUEST_TAG, type SidecarForge, type Slug } from "@bot-bottle/contracts"
import { agentMarker, type Issue, neutralizeText, ScopedForge, type WatchedForge } from "@bot-bottle/forge"
import type { RunsLedger } from "@bot-bottle/ledger"
import { announcingForge } from "./announcing-forge.ts"
import type { DoneQueue } from "./done-queue.ts"
import { type CallEdges, textRules } from "./methods.ts"
import type { RunRecord } from "./run-record.ts"

export interface CallEdgesOptions {
  readonly slug: Slug
  readonly config: SidecarForge
  readonly branchPrefix: string
  readonly forge: WatchedForge
  readonly record: RunRecord
  readonly queue: DoneQueue
  readonly ledger: Pick<RunsLedger, "tagRun">
}

/** No issue has this number, so nothing is writable but the run's own pull requests. */
const NO_ISSUE = 0

export function createCallEdges({ slug, config, branchPrefix, forge, record, queue, ledger }: CallEdgesOptions) {
  const { owner, repo, issueNumber, firstBranch } = config
  const marker = agentMarker(slug)
  let issue: Promise<Issue | undefined> | undefined

  async function neutralize(text: string): Promise<string> {
    // Without the issue nobody is mentionable: cautious, and tried again at the next call.
    issue ??= issueNumber === null ? Promise.resolve(undefined) : forge.readIssue(issueNumber)
    const known = await issue.catch(() => {
      issue = undefined
      return undefined
    })
    const assignedIssue = issueNumber ?? NO_ISSUE
    return neutralizeText(text, textRules(known, { assignedIssue, repository: `${owner}/${repo}` }))
  }

  return (announce: () => Promise<void>): CallEdges => ({
    forge: new ScopedForge(announcingForge(forge, announce), {
      assignedIssue: issueNumber ?? NO_ISSUE,
      assignedPrs: record.pullRequests,
      branchPrefix,
    }),
    firstBranch,
    readDefaultBranch: () => forge.readDefaultBranch(),
    neutralize,
    // A description that was read and is written back holds the marker already.
    mark: async (text) => `${await neutralize(text.trimEnd().replace(marker, "").trimEnd())}\n\n${marker}`,
    async addPullRequest(number) {
      record.addPullRequest(number)
      await queue.addPullRequest(number)
      await ledger.tagRun(slug, { [PULL_REQUEST_TAG]: forgeTagValue(config, number) })
    },
    signalDone: queue.signalDone,
  })
}
