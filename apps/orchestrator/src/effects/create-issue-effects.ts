// The real effects of keeping one issue: the forge, the run's files, the host's runs.

import { randomUUID } from "node:crypto"
import {
  composeSummary,
  doesSidecarAnswer,
  endsWithMarker,
  ForgeError,
  type ForgeState,
  type ForgeStateStore,
  findDone,
  findOpenedPullRequest,
  type IssueKey,
  readCheckIn,
  refusalMarker,
  type WatchedForge,
} from "@bot-bottle/forge"
import type { FreshComments, Observation } from "../decide/decide-next.ts"
import { type CommentLists, freshComments, newAuthors } from "../decide/fresh-comments.ts"
import type { IssueEffects } from "../keep/issue-effects.ts"
import type { HostRuns } from "./host-runs.ts"
import type { Launches } from "./launches.ts"

export interface IssueEffectsOptions {
  readonly key: IssueKey
  readonly root: string
  readonly forge: WatchedForge
  readonly org: string
  /** The bot's account. */
  readonly bot: string
  readonly store: Pick<ForgeStateStore, "read" | "write">
  readonly launches: Launches
  readonly runs: HostRuns
  readonly hasRoom: () => boolean
  readonly nowMs: () => number
  readonly log: (line: string) => void
}

const POLL_MS = 200
const NO_NEWS: FreshComments = {
  fromMembers: [],
  seen: { seen_comment_id: 0, seen_pr_comment_id: 0, seen_review_id: 0 },
}

export function createIssueEffects(options: IssueEffectsOptions): IssueEffects {
  const { key, root, forge, store, launches, runs, nowMs, log } = options

  return {
    nowMs,
    newId: randomUUID,
    read: () => store.read(key),
    write: (state) => store.write(state),
    writePrompt: launches.writePrompt,
    launch: launches.begin,
    log,
    readComments: (number) => forge.readComments(number),
    async postComment(number, body) {
      await forge.postComment(number, body)
    },

    async observe(state): Promise<Observation> {
      const { slug, launch_id } = state
      const pullRequest = await findPullRequest(forge, root, state)
      const launch = await launches.find(launch_id)
      const run = slug === "" ? "absent" : await runs.find(slug)
      const isFrozen = state.status === "frozen"
      const comments = isFrozen ? await readNews(options, state) : NO_NEWS
      return {
        nowMs: nowMs(),
        pullRequest,
        launch,
        run,
        sidecar: run !== "live" || (await doesSidecarAnswer(root, slug)) ? "answers" : "dead",
        done: slug === "" ? undefined : await findDone(root, slug, launch_id),
        lastCheckInMs: slug === "" ? nowMs() : await readCheckIn(root, slug),
        comments,
        hasRoom: isFrozen && comments.fromMembers.length > 0 && options.hasRoom(),
      }
    },

    async stop(slug, graceUntilMs) {
      while (nowMs() < graceUntilMs && (await runs.find(slug)) === "live") await Bun.sleep(POLL_MS)
      await runs.freeze(slug)
    },

    async composeSummary(state, marker) {
      const issue = await forge.readIssue(state.issue_number)
      const rules = {
        assignedIssue: state.issue_number,
        mentionable: [issue.author, ...issue.assignees],
        repository: `${state.owner}/${state.repo}`,
      }
      return composeSummary(state, await runs.loadFacts(state.slug), { marker, rules })
    },

    async destroy({ slug }) {
      if (slug === "") return
      await runs.kill(slug)
      await launches.forget(slug)
    },
  }
}

/** Says once why an issue gets no run. */
export async function refuseOnce(
  forge: WatchedForge,
  issueNumber: number,
  { reason, message }: { readonly reason: string; readonly message: string },
): Promise<void> {
  const marker = refusalMarker(reason)
  const comments = await forge.readComments(issueNumber)
  if (comments.some(({ body }) => endsWithMarker(body, marker))) return
  await forge.postComment(issueNumber, `No run was started: ${message}\n\n${marker}`)
}

async function findPullRequest(
  forge: WatchedForge,
  root: string,
  state: ForgeState,
): Promise<Observation["pullRequest"]> {
  const { slug, pr_number, status, ending } = state
  const known = pr_number ?? (slug === "" ? undefined : await findOpenedPullRequest(root, slug))
  // Somebody else may have opened it from the run's branch: worth a search when the work is over.
  const isOver = status === "frozen" || ending !== null
  const number = known ?? (isOver ? ((await forge.getPrForIssue(state.issue_number)) ?? undefined) : undefined)
  if (number === undefined || number === state.issue_number) return undefined
  try {
    const isOpen = await forge.isPrOpen(number)
    // A search also finds what somebody closed before the run: that must not end it.
    return known === undefined && !isOpen ? undefined : { number, isOpen }
  } catch (error) {
    if (error instanceof ForgeError && error.status === 404) return undefined
    throw error
  }
}

/** Comments and reviews since the record's last look. */
export async function readNews(
  { forge, org, bot }: Pick<IssueEffectsOptions, "forge" | "org" | "bot">,
  state: ForgeState,
): Promise<FreshComments> {
  const { issue_number, pr_number } = state
  const lists: CommentLists = {
    onIssue: await forge.readComments(issue_number),
    onPullRequest: pr_number === null ? [] : await forge.readComments(pr_number),
    reviews: pr_number === null ? [] : await forge.listReviews(pr_number),
  }
  const authors = newAuthors(lists, state, bot)
  const members: string[] = []
  for (const user of authors) if (await forge.isOrgMember(org, user)) members.push(user)
  return freshComments(lists, state, { bot, members })
}
