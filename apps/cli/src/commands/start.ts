// `start`: which kind of launch this is. The proxy's start is the longest step of a headless
// one, so it begins here, before the code that reads manifests is even loaded; a proxy that
// was told nothing does nothing.

import { OperatorProblem } from "@bot-bottle/contracts"
import type { Host } from "../host.ts"
import { spawnProxy } from "../launch/proxy-process.ts"
import { checkStartFlags, HEADLESS_FORM, type StartFlags } from "../launch/start-flags.ts"

export async function runStart(host: Host, flags: StartFlags): Promise<number> {
  checkStartFlags(flags)
  const dryRun = flags.dryRun === true || host.env.dryRun
  const interactive = flags.headless !== true && host.screen.isInteractive
  if (flags.headless !== true && !interactive && !dryRun) {
    throw new OperatorProblem("start asks questions, and this is not a terminal", {
      exitCode: 2,
      hint: `without one: ${HEADLESS_FORM}`,
    })
  }
  if (interactive) return (await import("../launch/start-interactive.ts")).startInteractive(host, flags, { dryRun })
  if (dryRun) return (await import("../launch/start-headless.ts")).showHeadless(host, { ...flags, dryRun })

  if (flags.detach === true) return (await import("../launch/background-launcher.ts")).startInBackground(host, flags)

  await using proxy = spawnProxy({
    path: host.env.path,
    onStderr: (line) => host.screen.note(`bot-bottle: proxy: ${line}`),
  })
  const { startHeadless } = await import("../launch/start-headless.ts")
  return await startHeadless(host, flags, proxy)
}
