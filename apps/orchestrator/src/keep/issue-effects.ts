// The effects that keeping one issue needs: real ones in effects/, doubles in tests.

import type { Comment, ForgeState } from "@bot-bottle/forge"
import type { Observation } from "../decide/decide-next.ts"

export interface IssueEffects {
  readonly nowMs: () => number
  readonly newId: () => string
  readonly read: () => Promise<ForgeState | undefined>
  readonly write: (state: ForgeState) => Promise<void>
  observe(state: ForgeState): Promise<Observation>
  /** Kept with the launch id; written before the record names it. */
  writePrompt(launchId: string, prompt: string): Promise<void>
  /** Begins a launch that has not begun; one that has is left alone. */
  launch(state: ForgeState): Promise<void>
  /** Waits for the agent to end by itself until `graceUntilMs`, then freezes. */
  stop(slug: string, graceUntilMs: number): Promise<void>
  /** Of the issue or its pull request. */
  readComments(number: number): Promise<readonly Comment[]>
  postComment(number: number, body: string): Promise<void>
  /** The summary of the launch that is over, footer and marker last. */
  composeSummary(state: ForgeState, marker: string): Promise<string>
  destroy(state: ForgeState): Promise<void>
  log(line: string): void
}
