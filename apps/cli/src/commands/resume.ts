// `resume`: continues a run that was frozen, ended or died, with its home, its workspace and its
// agent's own conversation.

import { OperatorProblem, type ResumeFlags } from "@bot-bottle/contracts"
import { askNobody, checkResumeFlags, headlessForm, resume } from "@bot-bottle/control"
import { controlHost } from "../control-host.ts"
import type { Host } from "../host.ts"
import { exitCodeOf } from "../launch/finish-launch.ts"
import { listenForStop } from "../stop-signals.ts"

export async function runResume(host: Host, flags: ResumeFlags): Promise<number> {
  checkResumeFlags(flags)
  if (flags.dryRun === true || host.env.dryRun) {
    const { showResume } = await import("../launch/show-launch.ts")
    return await showResume(host, flags)
  }
  if (flags.headless !== true) {
    if (host.screen.isInteractive)
      return (await import("../launch/resume-interactive.ts")).resumeInteractive(host, flags)
    throw new OperatorProblem("resume asks before it launches, and this is not a terminal", {
      exitCode: 2,
      hint: `without one: ${headlessForm(flags.slug)}`,
    })
  }
  if (flags.detach === true) {
    const { resumeInBackground } = await import("../background/background-launcher.ts")
    return await resumeInBackground(host, flags)
  }
  using stop = listenForStop()
  const launched = await resume(controlHost(host), flags, {
    ask: askNobody,
    confirm: "given",
    mode: { kind: "inherit" },
    signal: stop.signal,
  })
  return await exitCodeOf(launched)
}
