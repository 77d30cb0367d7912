// One look at an issue whose run is on the disk of a host that is gone. Nobody else can resume it: it is said once
// on the issue, with the two ways on, and a member decides.

import { type Comment, type ForgeState, type IssueKey, refusalMarker } from "@bot-bottle/forge"
import type { GoneHost, LookEnd } from "@bot-bottle/ledger"
import type { FreshComments } from "../decide/decide-next.ts"
import { postOnce } from "./keep-issue.ts"
import { nameOf } from "./look-at-issue.ts"
import type { IssueVerdict } from "./look-up-issue.ts"

export interface StrandedEffects {
  lookUp(): Promise<IssueVerdict>
  /** Since the record's last look. */
  readNews(state: ForgeState): Promise<FreshComments>
  readComments(number: number): Promise<readonly Comment[]>
  postComment(number: number, body: string): Promise<void>
  log(line: string): void
}

export interface StrandedOptions extends StrandedEffects {
  /** Undefined when the record cannot be read. */
  readonly state: ForgeState | undefined
  /** Gives up the record; its host ends the run once it is back. */
  forget(): Promise<void>
}

export async function lookAtStranded(key: IssueKey, gone: GoneHost, options: StrandedOptions): Promise<LookEnd> {
  const { state, log } = options
  const name = nameOf(key)
  if (state === undefined) return { next: "nothing" }
  const verdict = await options.lookUp()
  if (verdict.outcome === "ignored" && verdict.reason === "no-agent-label") {
    await options.forget()
    log(`${name}: its label is gone, and so is ${gone.host}; adding it again starts another run`)
    return { next: "nothing" }
  }
  if (state.status === "destroyed") return { next: "nothing" }
  const isAwaited = state.status === "running" || (await options.readNews(state)).fromMembers.length > 0
  if (!isAwaited) return { next: "nothing" }
  log(`${name}: its host ${gone.host} is gone`)
  await postOnce(options, state, refusalMarker(`gone-${state.launch_id}`), async (marker) =>
    describeGone(state, gone, marker),
  )
  return { next: "told" }
}

function describeGone({ slug, agent_name }: ForgeState, { host, seenAtMs }: GoneHost, marker: string): string {
  const lastSeen =
    seenAtMs === undefined
      ? ""
      : `; it was last seen on ${new Date(seenAtMs).toISOString().slice(0, 16).replace("T", " ")} UTC`
  return [
    `The host \`${host}\`, which has the run${slug === "" ? "" : ` \`${slug}\``}, is gone${lastSeen}. No other host can resume it.`,
    "",
    `- Once an orchestrator or a worker runs on \`${host}\` again, it resumes by itself, with all comments made until then.`,
    `- To start again on another host, remove the label \`bot-bottle:${agent_name}\`, and add it again some seconds later. That run has another branch, and knows the issue and its comments only.`,
    "",
    marker,
  ].join("\n")
}
