// The flags of `start`, and what can be wrong with them before anything at all is read.

import { OperatorProblem, parseTags, type StartFlags } from "@bot-bottle/contracts"
import type { ManifestLibrary } from "@bot-bottle/manifest"
import { parseFanOutFlags } from "./fan-out-flags.ts"
import { parseWorkspaceFlags } from "./workspace-flags.ts"

export type { StartFlags }

/** A command that works as it stands; without an agent, where there is only one. */
export function headlessStartForm(agent?: string): string {
  return `bot-bottle start ${agent === undefined ? "" : `${agent} `}--headless --prompt '…'`
}

/** Throws OperatorProblem for flags that contradict each other. */
export function checkStartFlags(flags: StartFlags): void {
  parseWorkspaceFlags(flags)
  parseTags(flags.tag ?? [])
  parseFanOutFlags(flags)
}

/** A headless launch names its agent, unless there is only one. */
export function agentOf({ agent }: StartFlags, library: Pick<ManifestLibrary, "listAgents">): string {
  if (agent !== undefined && agent !== "") return agent
  const names = library.listAgents().map(({ name }) => name)
  const [first, ...others] = names
  if (first === undefined) throw new OperatorProblem("there are no agents yet", { hint: "bot-bottle setup" })
  if (others.length === 0) return first
  throw new OperatorProblem(`start --headless needs an agent; there are ${names.join(", ")}`, {
    exitCode: 2,
    hint: `for example: ${headlessStartForm(first)}`,
  })
}

/** A headless launch says what is to be done. The text itself is passed on untouched. */
export function promptOf({ prompt, agent }: StartFlags): string {
  if (prompt !== undefined && prompt.trim() !== "") return prompt
  const problem = prompt === undefined ? "start --headless needs --prompt" : "--prompt is empty"
  throw new OperatorProblem(problem, {
    exitCode: 2,
    hint: `the headless form is: ${headlessStartForm(agent)}`,
  })
}
