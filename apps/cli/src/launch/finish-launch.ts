// The exit code of a launch, and its last word when nothing was launched.

import type { LaunchEnd } from "@bot-bottle/control"

/** 0 also when the operator left with nothing launched. */
export async function exitCodeOf(launched: LaunchEnd): Promise<number> {
  if (launched.outcome === "ended") return launched.end.exitCode
  const { sayCancelled } = await import("../terminal/pickers.ts")
  sayCancelled()
  return 0
}
