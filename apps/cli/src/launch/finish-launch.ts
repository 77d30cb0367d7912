// The exit code of a launch, and its last word when nothing was launched.

import { Declined, type LaunchEnd, StopRequest } from "@bot-bottle/control"

/** 0 also when the operator left with nothing launched. */
export async function exitCodeOf(launched: LaunchEnd): Promise<number> {
  if (launched.outcome === "ended") return launched.end.exitCode
  if (launched.outcome === "stopped") return launched.exitCode
  const { sayCancelled } = await import("../terminal/pickers.ts")
  sayCancelled()
  return 0
}

/** Of a launch that a no or a stop ended before it had a run. Throws any other error. */
export async function exitCodeOfUnlaunched(error: unknown): Promise<number> {
  if (error instanceof Declined) return await exitCodeOf({ outcome: "declined" })
  if (error instanceof StopRequest) return error.exitCode
  throw error
}
