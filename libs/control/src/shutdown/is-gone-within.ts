// Waits for a process that is not our child: nothing tells when it ends but looking.

import type { ProcessIdentity } from "@bot-bottle/contracts"
import { isProcessAlive } from "@bot-bottle/kernel"

const POLL_MS = 10

export async function isGoneWithin(process: ProcessIdentity, timeoutMs: number): Promise<boolean> {
  const deadline = Date.now() + timeoutMs
  while (isProcessAlive(process)) {
    if (Date.now() > deadline) return false
    await Bun.sleep(POLL_MS)
  }
  return true
}
