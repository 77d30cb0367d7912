// The record after a step. Pure: ids come in.

import type { ForgeState } from "@bot-bottle/forge"
import type { Step } from "./decide-next.ts"

/** Undefined for steps that change nothing in the record. */
export function applyStep(
  state: ForgeState,
  step: Step,
  { newLaunchId }: { readonly newLaunchId: string },
): ForgeState | undefined {
  switch (step.kind) {
    case "wait":
    case "launch":
    case "stop":
      return undefined
    case "record-run":
      return { ...state, slug: step.slug }
    case "record-pull-request":
      return { ...state, pr_number: step.number }
    case "record-ending":
      return { ...state, ending: step.ending }
    case "post-summary":
      return { ...state, status: step.status, ending: null }
    case "post-failure":
      return { ...state, status: "frozen", ending: null }
    case "rehydrate":
      return {
        ...state,
        ...step.comments.seen,
        status: "running",
        launch_id: newLaunchId,
        // A first launch that failed left no run to resume.
        launch_kind: state.slug === "" ? "start" : "resume",
      }
    case "destroy":
      return { ...state, status: "destroyed", ending: null }
  }
}

/** The record of an issue that was never worked on. */
export function beginState(issue: Pick<ForgeState, "owner" | "repo" | "issue_number">, run: NewRun): ForgeState {
  return {
    ...issue,
    slug: "",
    agent_name: run.agent,
    bottle_names: run.bottle === undefined ? [] : [run.bottle],
    backend_name: "",
    agent_git_user: "",
    web_url: run.webUrl,
    pr_number: null,
    status: "running",
    last_checkin_at: "",
    launch_id: run.launchId,
    launch_kind: "start",
    ending: null,
    seen_comment_id: run.seenCommentId,
    seen_pr_comment_id: 0,
    seen_review_id: 0,
  }
}

export interface NewRun {
  readonly agent: string
  readonly bottle: string | undefined
  readonly launchId: string
  /** Of the forge, for people. */
  readonly webUrl: string
  /** The first prompt holds these. */
  readonly seenCommentId: number
}
