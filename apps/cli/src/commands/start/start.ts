// `start`: which kind of launch this is.

import { OperatorProblem, type StartFlags } from "@bot-bottle/contracts"
import { askNobody, checkStartFlags, headlessStartForm, openLibrary, start } from "@bot-bottle/control"
import { controlHost } from "../../control-host.ts"
import type { Host } from "../../host.ts"
import { exitCodeOf } from "../../launch/finish-launch.ts"
import type { ShownAs } from "../../launch/show-launch.ts"
import { OBSERVES } from "../../messages/describe-observe.ts"
import { listenForStop } from "../../stop-signals.ts"

/** `json` is for a dry run: what is launched has no shape for machines. */
export async function runStart(host: Host, flags: StartFlags, { json }: ShownAs): Promise<number> {
  checkStartFlags(flags)
  const dryRun = flags.dryRun === true || host.env.dryRun
  if (json && !dryRun) {
    throw new OperatorProblem("--json needs --dry-run", {
      exitCode: 2,
      hint: `bot-bottle start ${flags.agent === undefined ? "" : `${flags.agent} `}--dry-run --json`,
    })
  }
  if (dryRun) return (await import("../../launch/show-launch.ts")).showStart(host, flags, { json })
  const interactive = flags.headless !== true && host.screen.isInteractive
  if (flags.headless !== true && !interactive) {
    throw new OperatorProblem("start asks questions, and this is not a terminal", {
      exitCode: 2,
      hint: `without one: ${headlessStartForm(await agentForExample(host, flags))}`,
    })
  }
  if (interactive) return (await import("../../launch/start-interactive.ts")).startInteractive(host, flags)
  if (flags.observe === true) host.screen.note(host.screen.paint.named("red", `bot-bottle: warning: ${OBSERVES}`))
  if (flags.detach === true) {
    const { startInBackground } = await import("../../background/background-launcher.ts")
    return await startInBackground(host, flags)
  }
  return await startUnasked(host, flags)
}

/** Throws OperatorProblem for an agent that does not exist: an example with it would not run either. */
async function agentForExample(host: Host, { agent }: StartFlags): Promise<string | undefined> {
  const library = await openLibrary({ ...controlHost(host), notify: () => {} })
  return agent === undefined ? library.listAgents()[0]?.name : library.loadAgent(agent).name
}

/** With the agent on our own stdio, and nobody to ask. */
export async function startUnasked(host: Host, flags: StartFlags): Promise<number> {
  using stop = listenForStop()
  const launched = await start(controlHost(host), flags, {
    ask: askNobody,
    confirm: "given",
    mode: { kind: "inherit" },
    signal: stop.signal,
  })
  return await exitCodeOf(launched)
}
