// A headless launch's choices, checked in the order an orchestrator can rely on: agent given,
// agent exists, prompt given, bottles exist, label.

import { OperatorProblem } from "@bot-bottle/contracts"
import type { AgentManifest, BottleManifest, ManifestLibrary } from "@bot-bottle/manifest"
import { agentOf, promptOf, type StartFlags } from "./flags/start-flags.ts"
import { type RunName, readRunName } from "./run-name.ts"

export interface Chosen {
  readonly agent: AgentManifest
  readonly bottle: BottleManifest
  readonly bottles: readonly string[]
  readonly name: RunName
  /** Undefined for an agent that is used by hand. */
  readonly prompt: string | undefined
  /** First words for an agent that is used by hand. */
  readonly opening: string | undefined
}

/** Only a headless run needs a prompt. */
export function chooseHeadless(library: ManifestLibrary, flags: StartFlags): Chosen {
  const agent = library.loadAgent(agentOf(flags, library))
  const isHeadless = flags.headless === true
  const prompt = isHeadless ? promptOf(flags) : undefined
  const opening = isHeadless ? undefined : flags.prompt
  const bottles = bottlesOf(library, agent, flags)
  const bottle = library.loadBottles(bottles)
  return { agent, bottle, bottles, name: readRunName(flags, agent.name), prompt, opening }
}

/** The bottles of the flag, or else the agent's own. */
export function bottlesOf(
  library: ManifestLibrary,
  agent: AgentManifest,
  { bottle = [] }: StartFlags,
): readonly string[] {
  if (bottle.length > 0) return bottle
  const own = library.findOwnBottle(agent)
  if (own !== undefined) return [own]
  throw new OperatorProblem(`agent '${agent.name}' has no default bottle; pass one or more --bottle NAME`, {
    hint: `or give ${agent.file} a 'bottle:'`,
  })
}
