// Decides the next step of one issue's run. Pure: from its record and an observation to one step.
//
// A step is carried out, the record is replaced, and the next observation is made. The record says
// what is about to be done before it is done, and every step may be done twice. So a process that
// dies between any two moments is continued by the next one to the same end.
//
//   INV-48  An issue has one run. Each launch begins once, and each of its ends is told in one comment,
//           whenever the orchestrator dies in between.

import type { DoneEvent } from "@bot-bottle/contracts"
import { type ForgeEnding, type ForgeState, findWatchdogReason, type RunLife } from "@bot-bottle/forge"

export interface Observation {
  readonly nowMs: number
  /** The run's pull request, looked up live. */
  readonly pullRequest: { readonly number: number; readonly isOpen: boolean } | undefined
  readonly launch: LaunchSeen
  readonly run: RunSeen
  readonly sidecar: "answers" | "dead"
  /** Of the launch in the record. */
  readonly done: DoneEvent | undefined
  readonly lastCheckInMs: number
  readonly comments: FreshComments
  /** Looked at for a frozen run: another one may be at work. */
  readonly hasRoom: boolean
}

export type LaunchSeen =
  | { readonly kind: "not-begun" }
  | { readonly kind: "under-way" }
  | { readonly kind: "up"; readonly slug: string }
  | { readonly kind: "failed"; readonly message: string }

export type RunSeen = RunLife["run"]

/** Comments and reviews since the record's last look. */
export interface FreshComments {
  /** By members, not by the bot, oldest first. */
  readonly fromMembers: readonly { readonly user: string; readonly body: string }[]
  /** The ids to look from next time; everybody's comments count. */
  readonly seen: SeenIds
}

export type SeenIds = Pick<ForgeState, "seen_comment_id" | "seen_pr_comment_id" | "seen_review_id">

export type Step =
  | { readonly kind: "wait" }
  /** Begin the launch that the record names. */
  | { readonly kind: "launch" }
  | { readonly kind: "record-run"; readonly slug: string }
  | { readonly kind: "record-pull-request"; readonly number: number }
  /** Write down that the launch is over. */
  | { readonly kind: "record-ending"; readonly ending: ForgeEnding }
  /** Let the agent end, then freeze the run. */
  | { readonly kind: "stop"; readonly graceUntilMs: number }
  | { readonly kind: "post-summary"; readonly status: "frozen" | "destroyed" }
  /** The launch could not begin: say so, and wait for a comment. */
  | { readonly kind: "post-failure"; readonly message: string }
  | { readonly kind: "rehydrate"; readonly comments: FreshComments }
  | { readonly kind: "destroy" }

/** After `signal_done`, for the agent to end by itself. */
export const GRACE_MS = 10_000

export function decideNext(
  state: ForgeState,
  seen: Observation,
  { watchdogTimeoutMs }: { readonly watchdogTimeoutMs: number },
): Step {
  if (state.status === "destroyed") return { kind: "wait" }
  const { pullRequest } = seen
  if (pullRequest !== undefined && pullRequest.number !== state.pr_number)
    return { kind: "record-pull-request", number: pullRequest.number }
  if (pullRequest?.isOpen === false) return { kind: "destroy" }
  if (state.status === "frozen")
    return seen.comments.fromMembers.length > 0 && seen.hasRoom
      ? { kind: "rehydrate", comments: seen.comments }
      : { kind: "wait" }

  if (seen.launch.kind === "failed") return { kind: "post-failure", message: seen.launch.message }
  if (seen.launch.kind === "not-begun") return { kind: "launch" }
  if (seen.launch.kind === "under-way") return { kind: "wait" }
  if (state.slug !== seen.launch.slug) return { kind: "record-run", slug: seen.launch.slug }
  if (state.ending !== null) return end(state.ending, seen.run)
  return decideEnding(seen, watchdogTimeoutMs)
}

function end(ending: ForgeEnding, run: RunSeen): Step {
  // An ended run is cleaned up after a while, so it is kept as a frozen run.
  if (run === "live" || run === "ended") return { kind: "stop", graceUntilMs: graceUntilMs(ending) }
  // Nothing is left of a killed run that a comment could resume.
  return { kind: "post-summary", status: run === "killed" ? "destroyed" : "frozen" }
}

function graceUntilMs({ reason, at }: ForgeEnding): number {
  const atMs = Date.parse(at)
  return reason === "watchdog" || Number.isNaN(atMs) ? 0 : atMs + GRACE_MS
}

function decideEnding({ done, run, sidecar, nowMs, lastCheckInMs }: Observation, watchdogTimeoutMs: number): Step {
  if (done !== undefined) {
    const { status, summary, at } = done
    return { kind: "record-ending", ending: { reason: "signal-done", status, summary, at } }
  }
  const why = findWatchdogReason({ run, sidecar, silentMs: nowMs - lastCheckInMs }, watchdogTimeoutMs)
  if (why === undefined) return { kind: "wait" }
  const at = new Date(nowMs).toISOString()
  return { kind: "record-ending", ending: { reason: "watchdog", status: why, summary: "", at } }
}
