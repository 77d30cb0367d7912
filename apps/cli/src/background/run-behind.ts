// A run that a person has confirmed: its launcher is in the background, and this process joins the
// agent's terminal. So Ctrl-] detaches from any run, and a terminal that closes ends none.

import type { BackgroundOrder } from "@bot-bottle/contracts"
import { joinStarted } from "../commands/start/attach.ts"
import type { Host } from "../host.ts"
import { spawnBackgroundLauncher } from "./background-launcher.ts"

export interface BehindOptions {
  /** `--detach`: nobody joins it now. */
  readonly isDetached: boolean
  /** Ends it as long as the agent does not run. */
  readonly stop: AbortSignal
}

/** The exit code of the command. */
export async function runBehind(
  host: Host,
  order: BackgroundOrder,
  { isDetached, stop }: BehindOptions,
): Promise<number> {
  await using launcher = spawnBackgroundLauncher()
  if (isDetached) return await launcher.launch(host, order)
  const launched = await launcher.launchToJoin(host, order, stop)
  return launched.outcome === "ended" ? launched.exitCode : await joinStarted(host, launched.run)
}
