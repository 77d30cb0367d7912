// One look at one issue: begins its run, carries it on, or says why there is none. The
// caller sees to it that nobody else looks at the issue meanwhile.

import type { ForgeState, ForgeStateStore, IssueKey } from "@bot-bottle/forge"
import { beginState } from "../decide/apply-step.ts"
import { firstPrompt } from "../decide/prompts.ts"
import type { IssueEffects } from "./issue-effects.ts"
import { keepIssue } from "./keep-issue.ts"
import type { IssueVerdict } from "./look-up-issue.ts"

export interface LookOptions {
  readonly store: Pick<ForgeStateStore, "read" | "delete">
  readonly watchdogTimeoutMs: number
  /** Of the forge, for people. */
  readonly webUrl: string
  /** Whether the issue may have a run at work. */
  readonly admit: () => boolean
  effectsOf(admit: () => boolean): IssueEffects
  lookUp(): Promise<IssueVerdict>
  /** Says once on the issue why it gets no run. */
  refuse(verdict: Extract<IssueVerdict, { outcome: "refused" }>): Promise<void>
  log(line: string): void
}

/** `needs-room`: it has something to do once a run is over. */
export type Looked = "at-work" | "over" | "needs-room"

export async function lookAtIssue(key: IssueKey, options: LookOptions): Promise<Looked> {
  const { store, log } = options
  const name = nameOf(key)
  let isShort = false
  const admit = () => {
    isShort = !options.admit()
    return !isShort
  }
  const known = await store.read(key)
  if (known?.status === "destroyed") {
    await forgetUnlabelled(key, options)
    return "over"
  }
  const effects = options.effectsOf(admit)
  const state = known ?? (await begin(key, { ...options, admit }, effects))
  if (state !== undefined && !(state.status === "running" && !admit())) {
    const kept = await keepIssue(effects, options)
    if (!isShort) return kept?.status === "running" ? "at-work" : "over"
  }
  if (!isShort) return "over"
  log(`${name}: waits until a run is over`)
  return "needs-room"
}

/** Its run is over. The label, removed and added again, asks for another one. */
async function forgetUnlabelled(key: IssueKey, { store, lookUp, log }: LookOptions): Promise<void> {
  const verdict = await lookUp()
  if (verdict.outcome !== "ignored" || verdict.reason !== "no-agent-label") return
  await store.delete(key)
  log(`${nameOf(key)}: its label is gone; adding it again starts another run`)
}

/** The record of a new run; undefined when the issue gets none, or has to wait. */
async function begin(key: IssueKey, options: LookOptions, effects: IssueEffects): Promise<ForgeState | undefined> {
  const { log } = options
  const name = nameOf(key)
  const verdict = await options.lookUp()
  if (verdict.outcome === "ignored") {
    log(`${name}: ignored: ${verdict.why}`)
    return undefined
  }
  if (verdict.outcome === "refused") {
    log(`${name}: refused: ${verdict.message}`)
    await options.refuse(verdict)
    return undefined
  }
  if (!options.admit()) return undefined
  const launchId = effects.newId()
  const comments = await effects.readComments(key.issue_number)
  await effects.writePrompt(launchId, firstPrompt(verdict.issue, comments))
  const { agent, bottle } = verdict
  const state = beginState(key, {
    agent,
    bottle,
    launchId,
    webUrl: options.webUrl,
    seenCommentId: Math.max(0, ...comments.map(({ id }) => id)),
  })
  await effects.write(state)
  log(`${name}: targeted for agent ${agent}${bottle === undefined ? "" : ` in bottle ${bottle}`}`)
  return state
}

export function nameOf({ owner, repo, issue_number }: IssueKey): string {
  return `${owner}/${repo}#${issue_number}`
}
