// `--dry-run`: the checks and the preflight of a launch; nothing is written and nothing started. A
// credential that is missing is shown with the command that gives it, and does not end the look.

import type { ResumeFlags, StartFlags } from "@bot-bottle/contracts"
import { type LaunchPreview, previewResume, previewStart, surveyLaunch } from "@bot-bottle/control"
import { controlHost } from "../control-host.ts"
import type { Host } from "../host.ts"
import { preflightLines } from "../messages/preflight.ts"
import { preflightJson } from "../messages/preflight-json.ts"

export interface ShownAs {
  /** For machines. */
  readonly json: boolean
}

export async function showStart(host: Host, flags: StartFlags, shownAs: ShownAs): Promise<number> {
  await using preview = await previewStart(controlHost(host), flags)
  return await show(host, preview, shownAs)
}

export async function showResume(host: Host, flags: ResumeFlags, shownAs: ShownAs): Promise<number> {
  await using preview = await previewResume(controlHost(host), flags)
  return await show(host, preview, shownAs)
}

async function show({ env, screen }: Host, preview: LaunchPreview, { json }: ShownAs): Promise<number> {
  const { facts } = preview
  const survey = await surveyLaunch(env, facts.launch)
  if (json) screen.print(JSON.stringify(preflightJson(facts, survey), null, 2))
  else for (const line of preflightLines(facts, survey, screen.width)) screen.print(screen.called(line))
  await preview.check()
  screen.note("bot-bottle: dry run: nothing was started")
  for (const { provider, fix, hint } of facts.launch.missing)
    screen.note(`bot-bottle: a start needs a credential for ${provider}: ${fix ?? hint}`)
  return 0
}
