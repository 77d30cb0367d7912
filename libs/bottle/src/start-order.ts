// The order that starts a bottle's agent, the same for every backend.

import { GUEST_SHARE_FILES, INTERNAL_HOST } from "@bot-bottle/contracts"
import type { LauncherOrder } from "@bot-bottle/guest"
import type { BottleStdio } from "./backend.ts"
import { agentTerminalOf } from "./bottle-stdio.ts"
import { type BottlePlan, GUEST } from "./plan.ts"

/**
 * A proxy that dies ends its run at once, and one that hangs after half a minute; this is for what neither notices. With
 * fifty starts at once on two cores a sound proxy needs half a minute until it listens.
 */
const EGRESS_TIMEOUT_MS = 120_000

export function startOrder(
  plan: BottlePlan,
  stdio: BottleStdio,
  rlimits: readonly string[],
): Extract<LauncherOrder, { kind: "start" }> {
  const terminal = agentTerminalOf(stdio)
  return {
    kind: "start",
    argv: plan.argv,
    env: plan.env,
    cwd: plan.cwd,
    rlimits,
    egressSocket: `${GUEST.share}/${GUEST_SHARE_FILES.socket}`,
    egressTimeoutMs: EGRESS_TIMEOUT_MS,
    proxyPort: GUEST.proxyPort,
    transparent: { proxyHost: INTERNAL_HOST, dnsPort: GUEST.dnsPort, ports: GUEST.webPorts },
    ...(plan.selfTest === undefined ? {} : { selfTest: plan.selfTest }),
    ...(terminal === undefined ? {} : { terminal }),
  }
}
