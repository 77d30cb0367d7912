// Has each message of the agent's looked through for what must not leave, before anything else
// is made of it.

import type { Denial } from "@bot-bottle/contracts"
import type { OutboundGuard } from "../dlp/outbound-guard.ts"
import type { QueueControls } from "./outbound-queue.ts"
import type { SocketText } from "./socket-end.ts"

type Pass = (message: SocketText, controls: QueueControls) => void | Promise<void>

/** `stop` is told of what was refused; the message goes no further. */
export function guardMessages(
  guard: Pick<OutboundGuard, "passMessage" | "passWhole">,
  pass: Pass,
  stop: (denial: Denial, controls: QueueControls) => void,
): Pass {
  return async (message, controls) => {
    if (typeof message === "string") {
      const kept = await guard.passMessage(message)
      return typeof kept === "string" ? pass(kept, controls) : stop(kept, controls)
    }
    // Masked in place.
    const denial = await guard.passWhole(message, undefined)
    return denial === undefined ? pass(message, controls) : stop(denial, controls)
  }
}
