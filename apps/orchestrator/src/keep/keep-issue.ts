// Carries one issue's run on, step by step, until there is nothing to do but wait.

import { endsWithMarker, type ForgeState, refusalMarker, summaryMarker } from "@bot-bottle/forge"
import { applyStep } from "../decide/apply-step.ts"
import { decideNext, type Step } from "../decide/decide-next.ts"
import { nextPrompt } from "../decide/prompts.ts"
import type { IssueEffects } from "./issue-effects.ts"

/** More steps than any story has: a loop would be a fault of ours, and must not fill the forge. */
const MAX_STEPS = 50

/** Resolves with the record as it is then; undefined when there is none. */
export async function keepIssue(
  effects: IssueEffects,
  settings: { readonly watchdogTimeoutMs: number },
): Promise<ForgeState | undefined> {
  for (let steps = 0; steps < MAX_STEPS; steps++) {
    const state = await effects.read()
    if (state === undefined) return undefined
    const seen = await effects.observe(state)
    const step = decideNext(state, seen, settings)
    if (step.kind === "wait") return recordCheckIn(effects, state, seen.lastCheckInMs)

    effects.log(`${state.owner}/${state.repo}#${state.issue_number}: ${describeStep(step)}`)
    const newLaunchId = effects.newId()
    if (step.kind === "rehydrate")
      await effects.writePrompt(newLaunchId, nextPrompt(state.issue_number, step.comments.fromMembers))
    await carryOut(effects, state, step)
    const next = applyStep(state, step, { newLaunchId })
    if (next !== undefined) await effects.write(next)
  }
  throw new Error("an issue took more steps than any has")
}

/** Before the record changes. Each may be done twice. */
async function carryOut(effects: IssueEffects, state: ForgeState, step: Step): Promise<void> {
  switch (step.kind) {
    case "launch":
      return effects.launch(state)
    case "stop":
      return effects.stop(state.slug, step.graceUntilMs)
    case "post-summary":
      return postOnce(effects, state, summaryMarker(state.slug, state.launch_id), (marker) =>
        effects.composeSummary(state, marker),
      )
    case "post-failure":
      return postOnce(
        effects,
        state,
        refusalMarker(state.launch_id),
        async (marker) => `The run could not be started: ${step.message}\n\n${marker}`,
      )
    case "destroy":
      return effects.destroy(state)
    case "wait":
    case "record-run":
    case "record-pull-request":
    case "record-ending":
    case "rehydrate":
      return
  }
}

/** A forge takes no idempotency key: the marker at a comment's end says that it is there already. */
export async function postOnce(
  effects: Pick<IssueEffects, "readComments" | "postComment">,
  state: ForgeState,
  marker: string,
  compose: (marker: string) => Promise<string>,
): Promise<void> {
  const target = state.pr_number ?? state.issue_number
  // The pull request may have been found after the comment was posted on the issue.
  for (const number of new Set([target, state.issue_number])) {
    const there = await effects.readComments(number)
    if (there.some(({ body }) => endsWithMarker(body, marker))) return
  }
  await effects.postComment(target, await compose(marker))
}

/** For `orchestrate status`; the watchdog looks at the sidecar's own mark. */
async function recordCheckIn(effects: IssueEffects, state: ForgeState, lastCheckInMs: number): Promise<ForgeState> {
  const at = lastCheckInMs > 0 ? new Date(lastCheckInMs).toISOString() : ""
  if (at === "" || at === state.last_checkin_at) return state
  const next = { ...state, last_checkin_at: at }
  await effects.write(next)
  return next
}

function describeStep(step: Step): string {
  switch (step.kind) {
    case "record-ending":
      return step.ending.reason === "watchdog"
        ? `over: ${step.ending.status}`
        : `the agent signalled ${step.ending.status}`
    case "record-run":
      return `runs as ${step.slug}`
    case "record-pull-request":
      return `its pull request is #${step.number}`
    case "rehydrate":
      return `resumed by a comment of ${step.comments.fromMembers.map(({ user }) => user).join(", ")}`
    case "post-failure":
      return `could not be started: ${step.message}`
    case "launch":
    case "stop":
    case "post-summary":
    case "destroy":
    case "wait":
      return step.kind.replaceAll("-", " ")
  }
}
