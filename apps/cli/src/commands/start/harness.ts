// `claude`, `codex`, `pi`: that agent in this folder, with a bottle chosen for it. No flag of ours
// is read here, so that every argument reaches the agent as it was typed.

import { OperatorProblem, quoteCommand } from "@bot-bottle/contracts"
import { openLibrary } from "@bot-bottle/control"
import type { HarnessName } from "@bot-bottle/manifest"
import { findProvider } from "@bot-bottle/providers"
import { controlHost } from "../../control-host.ts"
import type { Host } from "../../host.ts"
import { runStart, startUnasked } from "./start.ts"

export async function runHarness(host: Host, name: HarnessName, agentArguments: readonly string[]): Promise<number> {
  const bottle = await chooseBottle(host, name)
  const flags = { agent: name, bottle: [bottle], agentArguments }
  if (host.screen.isInteractive || host.env.dryRun) return await runStart(host, flags, { json: false })
  if (findProvider(name)?.runsWithoutTerminal?.(agentArguments) === true) return await startUnasked(host, flags)
  throw new OperatorProblem(`this is not a terminal, and these arguments do not make ${name} run without one`, {
    exitCode: 2,
    hint: `for example: ${EXAMPLES[name]}`,
  })
}

const EXAMPLES: Readonly<Record<HarnessName, string>> = {
  claude: "bot-bottle claude -p 'fix the failing test'",
  codex: "bot-bottle codex exec 'fix the failing test'",
  pi: "bot-bottle pi -p 'fix the failing test'",
}

/** Throws OperatorProblem when the operator's own agent of that name leads to another harness. */
async function chooseBottle(host: Host, name: HarnessName): Promise<string> {
  const library = await openLibrary({ ...controlHost(host), notify: () => {} })
  const agent = library.loadAgent(name)
  const bottle = library.findOwnBottle(agent) ?? library.chooseBottleFor(name)
  const { template } = library.loadBottles([bottle]).agentProvider
  if (template === name) return bottle
  throw new OperatorProblem(`bottle '${bottle}' runs ${template}, so '${name}' cannot start in it`, {
    hint: quoteCommand(["bot-bottle", "start", name, "--bottle", library.chooseBottleFor(name)]),
  })
}
