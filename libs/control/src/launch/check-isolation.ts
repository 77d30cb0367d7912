// Waits for what the bottle's self-test saw, and refuses the launch when a check failed. The
// agent has not run then: the bottle does not start it.

import { type Bottle, GUEST } from "@bot-bottle/bottle"
import {
  GUEST_SHARE_FILES,
  INTERNAL_HOST,
  OperatorProblem,
  SELF_TEST_HOST,
  type SelfTestFinding,
} from "@bot-bottle/contracts"
import type { SelfTestOrder } from "@bot-bottle/guest"
import { IsolationFailed } from "./isolation-failed.ts"

export const SELF_TEST: SelfTestOrder = {
  listedHost: INTERNAL_HOST,
  unlistedHost: SELF_TEST_HOST,
  caFile: `${GUEST.share}/${GUEST_SHARE_FILES.ca}`,
}

/**
 * The findings; undefined when the bottle ended, or its proxy did, before it could try: why is
 * told by their ends. Throws IsolationFailed, and OperatorProblem when an agent runs whose isolation nobody checked.
 */
export async function checkIsolation(
  bottle: Pick<Bottle, "selfTest" | "started">,
  proxyEnded: Promise<unknown>,
): Promise<readonly SelfTestFinding[] | undefined> {
  const findings = await Promise.race([bottle.selfTest, proxyEnded.then(() => undefined)])
  if (findings?.some(({ ok }) => !ok)) throw new IsolationFailed(findings)
  if (findings === undefined && (await hasStarted(bottle))) {
    throw new OperatorProblem("The bottle started its agent without reporting its isolation self-test", {
      hint: "its image or its runtime is not ours; bot-bottle doctor --probe runs each check",
      exitCode: 3,
    })
  }
  return findings
}

/** Whether it has by now; messages that arrived together are all handled by the next turn. */
function hasStarted({ started }: Pick<Bottle, "started">): Promise<boolean> {
  const notYet = new Promise<false>((resolve) => setImmediate(() => resolve(false)))
  return Promise.race([started.then(() => true), notYet])
}
