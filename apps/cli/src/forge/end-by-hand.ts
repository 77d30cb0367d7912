// The end of a forge run that no orchestrator keeps: frozen once its agent has signalled, with a
// summary on its issue.

import { type ForgeContext, loadForgeRoots, loadRunFacts, openRun } from "@bot-bottle/control"
import { composeSummary, createGitea, findDone, summaryMarker } from "@bot-bottle/forge"
import { controlHost } from "../control-host.ts"
import type { Host } from "../host.ts"

export interface HandledRun {
  /** Posts the summary; once the run has ended. */
  conclude(): Promise<void>
  stopWatching(): void
}

/** As long as an orchestrator waits for the agent to end by itself. */
const GRACE_MS = 10_000
const LOOK_MS = 500

export function endByHand(host: Host, slug: string, forge: ForgeContext): HandledRun {
  const { root } = host.env
  let freezing: Timer | undefined
  const looking = setInterval(() => void look().catch(() => {}), LOOK_MS)

  async function look(): Promise<void> {
    if (freezing !== undefined || (await findDone(root, slug, forge.launchId)) === undefined) return
    clearInterval(looking)
    // An agent that has ended by then has left nothing to freeze.
    freezing = setTimeout(
      () =>
        void openRun(controlHost(host), slug)
          .freeze()
          .catch(() => {}),
      GRACE_MS,
    )
  }

  const stopWatching = () => {
    clearInterval(looking)
    clearTimeout(freezing)
  }

  return {
    stopWatching,
    async conclude() {
      stopWatching()
      const { issueNumber, owner, repo, launchId } = forge
      if (issueNumber === null) return
      const done = await findDone(root, slug, launchId)
      const gitea = createGitea({
        ...forge,
        roots: await loadForgeRoots(host),
        knownPr: async () => forge.prNumber,
        branchPrefix: async () => `bot-bottle/${slug}/`,
      })
      const issue = await gitea.readIssue(issueNumber)
      const target = (await gitea.getPrForIssue(issueNumber)) ?? issueNumber
      const ending =
        done === undefined
          ? ({ reason: "watchdog", status: "the agent ended and did not signal", summary: "", at: "" } as const)
          : ({ reason: "signal-done", status: done.status, summary: done.summary, at: done.at } as const)
      const body = composeSummary({ slug, ending }, await loadRunFacts(host, slug), {
        marker: summaryMarker(slug, launchId),
        rules: {
          assignedIssue: issueNumber,
          mentionable: [issue.author, ...issue.assignees],
          repository: `${owner}/${repo}`,
        },
      })
      await gitea.postComment(target, body)
      host.screen.note(`bot-bottle: posted the summary to #${target}`)
    },
  }
}
