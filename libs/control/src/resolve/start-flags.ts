// The flags of `start`, and what can be wrong with them before anything at all is read.

import { OperatorProblem, parseTags, type StartFlags } from "@bot-bottle/contracts"
import { parseFanOutFlags } from "./fan-out-flags.ts"
import { parseWorkspaceFlags } from "./workspace-flags.ts"

export type { StartFlags }

export const HEADLESS_FORM = "bot-bottle start <agent> --headless --prompt '…'"

/** Throws OperatorProblem for flags that contradict each other. */
export function checkStartFlags(flags: StartFlags): void {
  parseWorkspaceFlags(flags)
  parseTags(flags.tag ?? [])
  parseFanOutFlags(flags)
}

/** A headless launch names its agent. */
export function agentOf({ agent }: StartFlags): string {
  if (agent !== undefined && agent !== "") return agent
  throw new OperatorProblem("start --headless needs an agent", {
    exitCode: 2,
    hint: `the headless form is: ${HEADLESS_FORM}`,
  })
}

/** A headless launch says what is to be done. The text itself is passed on untouched. */
export function promptOf({ prompt, agent }: StartFlags): string {
  if (prompt !== undefined && prompt.trim() !== "") return prompt
  const problem = prompt === undefined ? "start --headless needs --prompt" : "--prompt is empty"
  throw new OperatorProblem(problem, {
    exitCode: 2,
    hint: `the headless form is: bot-bottle start ${agent} --headless --prompt '…'`,
  })
}
