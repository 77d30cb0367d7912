// What manifests, settings and credentials say now of a run that goes on in its bottle. What the
// bottle was made of is not asked for again: its environment, skills and prompt are in it.

import { type LaunchRecord, OperatorProblem, type Run } from "@bot-bottle/contracts"
import { loadSettings } from "@bot-bottle/manifest"
import type { Host } from "../host.ts"
import { openLibrary } from "./prepare-start.ts"
import { type ResolvedLaunch, resolveLaunch } from "./resolve-launch.ts"

/** Throws OperatorProblem for what no launch could be made of either, or only one of another provider. */
export async function resolveReload(host: Host, run: Run, record: LaunchRecord): Promise<ResolvedLaunch> {
  const library = openLibrary(host, record.repoFolder)
  const choice = {
    agent: library.loadAgent(run.agent),
    bottle: { ...library.loadBottles(run.bottles), env: {} },
    bottles: run.bottles,
    settings: loadSettings(host.env.root),
    budget: undefined,
    keptFlags: record.budgets.declared.filter(({ source }) => source === "flag"),
    shutdown: record.shutdown,
    backend: run.backend,
    imageFlag: record.image,
    prompt: undefined,
    agentArguments: [],
    skills: [],
    workspace: "kept" as const,
  }
  const launch = await resolveLaunch(choice, { find: host.env.find, ask: undefined, root: host.env.root })
  if (launch.provider.name === run.provider) return launch
  throw new OperatorProblem(`run '${run.slug}' runs ${run.provider}, and its bottles now say ${launch.provider.name}`, {
    hint: `change 'agent_provider' back, or start a new run: bot-bottle start ${run.agent}`,
  })
}
