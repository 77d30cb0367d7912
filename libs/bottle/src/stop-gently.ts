// Stops a bottle so that its agent can still write down what it holds.
//
//   INV-46  However the agent takes the request to leave, nothing of its bottle runs once this is over, and
//           the wait for it is bounded.

import type { Bottle } from "./backend.ts"

/** Agents write their transcript as they go; this is for the last line of it, on a busy host, too. */
const AGENT_TIMEOUT_MS = 3_000

export async function stopGently(
  bottle: Pick<Bottle, "signal" | "exited" | "kill">,
  timeoutMs: number = AGENT_TIMEOUT_MS,
): Promise<void> {
  bottle.signal("SIGTERM")
  const timeout = Promise.withResolvers<void>()
  const timer = setTimeout(timeout.resolve, timeoutMs)
  await Promise.race([bottle.exited, timeout.promise])
  clearTimeout(timer)
  await bottle.kill()
}
