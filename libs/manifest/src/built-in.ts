// The agents and bottles that exist without a file, so that `bot-bottle claude` runs on a host
// where nothing is set up. One of each for every harness we install.
//
// The agent says nothing of its own; the bottle is the starter's. An operator's file of the same
// name comes first. A repository's never does.

import { type AgentResult, parseAgent } from "./agent.ts"
import { type BottleResult, parseBottle } from "./bottle.ts"
import { HARNESS_NAMES, type HarnessName } from "./harness-names.ts"
import { listStarterFiles, STARTER_BOTTLE } from "./starter.ts"

/** Without a prompt, skills or a bottle. */
const AGENT = "---\n---\n"

export function builtInBottleName(harness: HarnessName): string {
  return `${harness}-default`
}

/** Undefined when no built-in agent has the name. */
export function findBuiltInAgent(name: string): AgentResult | undefined {
  if (HARNESS_NAMES.every((harness) => harness !== name)) return undefined
  return parseAgent(AGENT, { name, file: `built-in agent ${name}`, origin: "operator", providers: HARNESS_NAMES })
}

/** Undefined when no built-in bottle has the name. */
export function findBuiltInBottle(name: string): BottleResult | undefined {
  const provider = HARNESS_NAMES.find((harness) => builtInBottleName(harness) === name)
  if (provider === undefined) return undefined
  const files = listStarterFiles({ provider, dailyTokens: undefined })
  const text = files.find(({ path }) => path === `bottles/${STARTER_BOTTLE}.md`)?.text ?? ""
  return parseBottle(text, { name, file: `built-in bottle ${name}`, providers: HARNESS_NAMES })
}
