// Resolves a running run again from manifests, settings and credentials as they are now. The
// bottle's own parts are not resolved again: its environment, skills and prompt are in it.

import { type LaunchRecord, OperatorProblem, type Run } from "@bot-bottle/contracts"
import { loadSettings } from "@bot-bottle/manifest"
import type { ControlHost } from "../host.ts"
import { askNobody } from "../questions.ts"
import { composeChoice } from "./compose-choice.ts"
import { keptFanOut } from "./flags/fan-out-flags.ts"
import { type ResolvedLaunch, resolveLaunch } from "./resolve-launch.ts"
import { openLibrary } from "./resolve-start.ts"

/** Throws OperatorProblem for what no launch could be made of either, or only one of another provider. */
export async function resolveReload(host: ControlHost, run: Run, record: LaunchRecord): Promise<ResolvedLaunch> {
  const library = openLibrary(host, record.repoFolder)
  const choice = composeChoice(loadSettings(host.env.root), {
    agent: library.loadAgent(run.agent),
    bottle: { ...library.loadBottles(run.bottles), env: {} },
    bottles: run.bottles,
    fanOut: keptFanOut(record.budgets),
    keptFlags: record.budgets.declared.filter(({ source }) => source === "flag"),
    shutdown: record.shutdown,
    backend: run.backend,
    imageFlag: record.image,
    observe: record.observe === true,
    workspace: "kept",
  })
  const launch = await resolveLaunch(choice, {
    find: host.env.find,
    findSecret: host.env.findSecret,
    ask: askNobody,
    purpose: "launch",
    root: host.env.root,
  })
  if (launch.provider.name === run.provider) return launch
  throw new OperatorProblem(`run '${run.slug}' runs ${run.provider}, and its bottles now say ${launch.provider.name}`, {
    hint: `change 'agent_provider' back, or start a new run: bot-bottle start ${run.agent}`,
  })
}
