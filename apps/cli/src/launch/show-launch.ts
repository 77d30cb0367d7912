// `--dry-run`: the checks and the preflight of a launch; nothing is written and nothing started.

import type { ResumeFlags, StartFlags } from "@bot-bottle/contracts"
import {
  type Ask,
  askNobody,
  type PreparedLaunch,
  prepareResume,
  prepareStart,
  surveyLaunch,
} from "@bot-bottle/control"
import { controlHost } from "../control-host.ts"
import type { Host } from "../host.ts"
import { preflightLines } from "../messages/preflight.ts"

export async function showStart(host: Host, flags: StartFlags, ask: Ask = askNobody): Promise<number> {
  await using prepared = await prepareStart(controlHost(host), flags, ask)
  return await show(host, prepared)
}

export async function showResume(host: Host, flags: ResumeFlags): Promise<number> {
  await using prepared = await prepareResume(controlHost(host), flags, askNobody)
  return await show(host, prepared)
}

async function show({ env, screen }: Host, prepared: PreparedLaunch): Promise<number> {
  const survey = await surveyLaunch(env, prepared.facts.launch)
  for (const line of preflightLines(prepared.facts, survey, screen.width)) screen.print(line)
  await prepared.check()
  screen.note("bot-bottle: dry run: nothing was started")
  return 0
}
