// The record of one issue that a run works on, and how its file is written.

import { isSlug } from "@bot-bottle/contracts"
import * as v from "valibot"
import { parseRepositoryName } from "../repository-name.ts"

export const FORGE_STATUSES = ["running", "frozen", "destroyed"] as const
export type ForgeStatus = (typeof FORGE_STATUSES)[number]

export interface ForgeState {
  readonly owner: string
  readonly repo: string
  readonly issue_number: number
  readonly slug: string
  readonly agent_name: string
  readonly bottle_names: readonly string[]
  readonly backend_name: string
  readonly agent_git_user: string
  /** Of the forge, for people; `""` in records of older builds. */
  readonly web_url: string
  readonly pr_number: number | null
  readonly status: ForgeStatus
  /** ISO 8601; `""` before the first sign of life. */
  readonly last_checkin_at: string
  /** Of the launch that runs, or ran last. Written down before it begins, so that it begins once. */
  readonly launch_id: string
  readonly launch_kind: "start" | "resume"
  /** The launch is over and its summary is still to be posted. */
  readonly ending: ForgeEnding | null
  /** Comments on the issue up to this id were acted on. */
  readonly seen_comment_id: number
  /** The same on its pull request. */
  readonly seen_pr_comment_id: number
  /** The same for the pull request's reviews. */
  readonly seen_review_id: number
}

/** Why a launch is over. */
export interface ForgeEnding {
  readonly reason: "signal-done" | "watchdog"
  /** `success`, `failure` or `blocked`, as the agent said; otherwise the watchdog's finding. */
  readonly status: string
  readonly summary: string
  /** ISO 8601. */
  readonly at: string
}

const wholeNumber = v.pipe(v.number(), v.safeInteger(), v.minValue(0))
const issueNumber = v.pipe(v.number(), v.safeInteger(), v.minValue(1))

// Unknown keys are dropped by `object`: a newer build's file is read, and rewritten without them.
const stateFile = v.pipe(
  v.object({
    owner: v.string(),
    repo: v.string(),
    issue_number: issueNumber,
    // With the launch's id, it becomes a part of paths: a record that another host wrote must not choose a folder here.
    slug: v.pipe(
      v.string(),
      v.check((text) => text === "" || isSlug(text), "not a run's name"),
    ),
    agent_name: v.string(),
    bottle_names: v.optional(v.array(v.string()), []),
    backend_name: v.optional(v.string(), ""),
    agent_git_user: v.optional(v.string(), ""),
    web_url: v.optional(v.string(), ""),
    pr_number: v.optional(v.nullable(issueNumber), null),
    status: v.optional(v.picklist(FORGE_STATUSES), "running"),
    last_checkin_at: v.optional(v.string(), ""),
    launch_id: v.optional(v.pipe(v.string(), v.regex(/^[\w-]{0,64}$/)), ""),
    launch_kind: v.optional(v.picklist(["start", "resume"]), "start"),
    ending: v.optional(
      v.nullable(
        v.object({
          reason: v.picklist(["signal-done", "watchdog"]),
          status: v.string(),
          summary: v.string(),
          at: v.string(),
        }),
      ),
      null,
    ),
    seen_comment_id: v.optional(wholeNumber, 0),
    seen_pr_comment_id: v.optional(wholeNumber, 0),
    seen_review_id: v.optional(wholeNumber, 0),
  }),
  v.check(({ owner, repo }) => parseRepositoryName(owner, repo) !== undefined, "owner or repo is not a valid name"),
)

/** Undefined for text that is not a whole record. */
export function parseForgeState(text: string): ForgeState | undefined {
  try {
    const result = v.safeParse(stateFile, JSON.parse(text))
    return result.success ? result.output : undefined
  } catch {
    return undefined
  }
}

/** Two spaces, sorted keys: a diff of two records shows what changed. */
export function formatForgeState(state: ForgeState): string {
  const sorted = Object.entries(state).sort(([a], [b]) => (a < b ? -1 : 1))
  return `${JSON.stringify(Object.fromEntries(sorted), null, 2)}\n`
}
