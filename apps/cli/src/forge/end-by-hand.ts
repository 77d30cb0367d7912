// The end of a forge run that no orchestrator keeps: frozen once its agent has signalled, or was silent for
// too long, with a summary on its issue.

import { OperatorProblem } from "@bot-bottle/contracts"
import { type ForgeContext, loadForgeRoots, loadRunFacts, openRun } from "@bot-bottle/control"
import {
  composeSummary,
  createGitea,
  doesSidecarAnswer,
  ForgeError,
  findDone,
  findWatchdogReason,
  readCheckIn,
  summaryMarker,
} from "@bot-bottle/forge"
import { controlHost } from "../control-host.ts"
import type { Host } from "../host.ts"
import { showProgress } from "../terminal/progress.ts"

export interface HandledRun {
  /** Posts the summary; once the run has ended. */
  conclude(): Promise<void>
  stopWatching(): void
}

/** As long as an orchestrator waits for the agent to end by itself. */
const GRACE_MS = 10_000
const LOOK_MS = 500

export interface HandledRunOptions {
  readonly forge: ForgeContext
  readonly watchdogTimeoutMs: number
}

export function endByHand(host: Host, slug: string, { forge, watchdogTimeoutMs }: HandledRunOptions): HandledRun {
  const { root } = host.env
  let freezing: Timer | undefined
  /** The watchdog's finding, once it has frozen the run. The run may end before the freeze is told so. */
  let over: Promise<string | undefined> = Promise.resolve(undefined)
  const looking = setInterval(() => void look().catch(() => {}), LOOK_MS)

  async function look(): Promise<void> {
    if (freezing !== undefined) return
    // An agent that has ended by then has left nothing to freeze.
    if ((await findDone(root, slug, forge.launchId)) !== undefined) return freezeAfter(GRACE_MS)
    const silentMs = Date.now() - (await readCheckIn(root, slug))
    const sidecar = (await doesSidecarAnswer(root, slug)) ? "answers" : "dead"
    const reason = findWatchdogReason({ run: "live", sidecar, silentMs }, watchdogTimeoutMs)
    if (reason !== undefined) freezeAfter(0, reason)
  }

  function freezeAfter(delayMs: number, reason?: string): void {
    clearInterval(looking)
    const freeze = () =>
      openRun(controlHost(host), slug)
        .freeze()
        .then(
          () => reason,
          () => undefined,
        )
    freezing ??= setTimeout(() => {
      over = freeze()
    }, delayMs)
  }

  const stopWatching = () => {
    clearInterval(looking)
    clearTimeout(freezing)
  }

  return {
    stopWatching,
    async conclude() {
      stopWatching()
      const { issueNumber } = forge
      if (issueNumber === null) return
      try {
        const number = await showProgress(host.screen, "posting the summary", postSummary(issueNumber))
        host.screen.note(`bot-bottle: posted the summary to #${number}`)
      } catch (error) {
        if (!(error instanceof ForgeError)) throw error
        throw new OperatorProblem(`the summary of ${slug} could not be posted: ${error.message}`, {
          cause: error,
          hint: `the run and its branch are kept: bot-bottle orchestrate resume --slug ${slug} --issue ${issueNumber} --prompt …`,
        })
      }
    },
  }

  /** The number that it was posted to. */
  async function postSummary(issueNumber: number): Promise<number> {
    const { owner, repo, launchId } = forge
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
        ? ({
            reason: "watchdog",
            status: (await over) ?? "the agent ended and did not signal",
            summary: "",
            at: "",
          } as const)
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
    return target
  }
}
