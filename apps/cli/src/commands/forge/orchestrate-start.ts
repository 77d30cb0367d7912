// `orchestrate start` and `orchestrate resume`: one launch of a run that works on a forge. The same
// launch as `start --headless`, with the forge's context handed to the run's sidecar.

import { askNobody, resume, start } from "@bot-bottle/control"
import type { ForgeFlags, PromptFlags } from "../../forge/forge-settings.ts"
import { readPrompt } from "../../forge/forge-settings.ts"
import { checkIssueIsFree, runForgeLaunch } from "../../forge/run-forge-launch.ts"
import type { Host } from "../../host.ts"

export interface OrchestrateStartFlags extends ForgeFlags, PromptFlags {
  readonly agent: string
  readonly bottle?: readonly string[]
  readonly label?: string
  readonly backend?: string
}

export interface OrchestrateResumeFlags extends ForgeFlags, PromptFlags {
  readonly slug: string
}

export async function runOrchestrateStart(host: Host, flags: OrchestrateStartFlags): Promise<number> {
  await checkIssueIsFree(host, flags)
  const { agent, bottle, label, backend } = flags
  const chosen = {
    agent,
    agentArguments: [],
    headless: true,
    prompt: readPrompt(flags),
    ...(bottle === undefined ? {} : { bottle }),
    ...(label === undefined ? {} : { label }),
    ...(backend === undefined ? {} : { backend }),
  }
  return await runForgeLaunch(host, flags, (control, held) => start(control, chosen, { ...LAUNCH, ...held }))
}

export async function runOrchestrateResume(host: Host, flags: OrchestrateResumeFlags): Promise<number> {
  const chosen = { slug: flags.slug, agentArguments: [], headless: true, prompt: readPrompt(flags) }
  return await runForgeLaunch(host, flags, (control, held) => resume(control, chosen, { ...LAUNCH, ...held }))
}

const LAUNCH = { ask: askNobody, confirm: "given", mode: { kind: "inherit" } } as const
