// `resume`: continues a run that was frozen, ended or died, with its home, its workspace and its
// agent's own conversation.

import { OperatorProblem, type ResumeFlags } from "@bot-bottle/contracts"
import { askNobody, checkResumeFlags, headlessForm, resume } from "@bot-bottle/control"
import { controlHost } from "../../control-host.ts"
import type { Host } from "../../host.ts"
import { exitCodeOf } from "../../launch/finish-launch.ts"
import type { ShownAs } from "../../launch/show-launch.ts"
import { listenForStop } from "../../stop-signals.ts"

/** Throws OperatorProblem for a resume that cannot work, whichever run it is of. Reads no state. */
export function checkResume({ env, screen }: Host, flags: ResumeFlags, { json }: ShownAs): void {
  checkResumeFlags(flags)
  const dryRun = flags.dryRun === true || env.dryRun
  if (json && !dryRun) {
    throw new OperatorProblem("--json needs --dry-run", {
      exitCode: 2,
      hint: `bot-bottle resume ${flags.slug} --dry-run --json`,
    })
  }
  if (dryRun || flags.headless === true || screen.isInteractive) return
  throw new OperatorProblem("resume asks before it starts the agent, and this is not a terminal", {
    exitCode: 2,
    hint: `without one: ${headlessForm(flags.slug)}`,
  })
}

export async function runResume(host: Host, flags: ResumeFlags, shownAs: ShownAs): Promise<number> {
  if (flags.dryRun === true || host.env.dryRun) {
    const { showResume } = await import("../../launch/show-launch.ts")
    return await showResume(host, flags, shownAs)
  }
  if (flags.headless !== true)
    return (await import("../../launch/resume-interactive.ts")).resumeInteractive(host, flags)
  if (flags.detach === true) {
    const { resumeInBackground } = await import("../../background/background-launcher.ts")
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
