// `resume`: a run that was frozen, ended or died goes on, with its home, its workspace and its
// agent's own conversation. Begins as `start` does: see there why the proxy comes first.

import { OperatorProblem } from "@bot-bottle/contracts"
import type { Host } from "../host.ts"
import { spawnProxy } from "../launch/proxy-process.ts"
import { checkResumeFlags, headlessForm, type ResumeFlags } from "../launch/resume-flags.ts"

export async function runResume(host: Host, flags: ResumeFlags): Promise<number> {
  checkResumeFlags(flags)
  if (flags.dryRun === true || host.env.dryRun) return (await import("../launch/resume-run.ts")).showResume(host, flags)
  if (flags.headless !== true) {
    if (host.screen.isInteractive) return (await import("../launch/resume-run.ts")).resumeInteractive(host, flags)
    throw new OperatorProblem("resume asks before it launches, and this is not a terminal", {
      exitCode: 2,
      hint: `without one: ${headlessForm(flags.slug)}`,
    })
  }
  if (flags.detach === true) return (await import("../launch/background-launcher.ts")).resumeInBackground(host, flags)

  await using proxy = spawnProxy({
    path: host.env.path,
    onStderr: (line) => host.screen.note(`bot-bottle: proxy: ${line}`),
  })
  return await (await import("../launch/resume-run.ts")).resumeHeadless(host, flags, proxy)
}
