// Waits for what the bottle's canary saw, and refuses the launch when a wall did not hold. The
// agent has not run then: the bottle does not start it.

import { type Bottle, GUEST } from "@bot-bottle/bottle"
import { CANARY_HOST, DOOR_FILES, INTERNAL_HOST, OperatorProblem } from "@bot-bottle/contracts"
import type { CanaryFinding, CanaryOrder } from "@bot-bottle/guest"

export const CANARY: CanaryOrder = {
  listedHost: INTERNAL_HOST,
  unlistedHost: CANARY_HOST,
  caFile: `${GUEST.door}/${DOOR_FILES.ca}`,
}

/** What was seen of every wall, not only of the one that did not hold. */
export class WallOpen extends OperatorProblem {
  override readonly name = "WallOpen"
  readonly findings: readonly CanaryFinding[]

  constructor(findings: readonly CanaryFinding[]) {
    const open = findings.filter(({ ok }) => !ok)
    const seen = open.map(({ check, expected, seen }) => `${check}: expected ${expected}, seen ${seen}`)
    super(`The bottle's walls do not hold, so the agent was not started: ${seen.join("; ")}`, {
      hint: "bot-bottle doctor --probe tries each wall and says what mends it",
      exitCode: 3,
    })
    this.findings = findings
  }
}

/**
 * The findings; undefined when the bottle ended, or its proxy did, before it could try: why is
 * told by their ends. Throws WallOpen, and OperatorProblem when an agent runs behind walls that nobody tried.
 */
export async function checkWalls(
  bottle: Pick<Bottle, "canary" | "started">,
  proxyEnded: Promise<unknown>,
): Promise<readonly CanaryFinding[] | undefined> {
  const findings = await Promise.race([bottle.canary, proxyEnded.then(() => undefined)])
  if (findings?.some(({ ok }) => !ok)) throw new WallOpen(findings)
  if (findings === undefined && (await hasStarted(bottle))) {
    throw new OperatorProblem("The bottle started its agent without a word on whether its walls hold", {
      hint: "its image or its runtime is not ours; bot-bottle doctor --probe tries each wall",
      exitCode: 3,
    })
  }
  return findings
}

/** Whether it has by now; whatever was heard together has been told by the next turn. */
function hasStarted({ started }: Pick<Bottle, "started">): Promise<boolean> {
  const notYet = new Promise<false>((resolve) => setImmediate(() => resolve(false)))
  return Promise.race([started.then(() => true), notYet])
}
