// Asks another host to act on one of its runs, and waits for its answer. Decides how long: a host whose beat
// stopped before the question has no process that listens, most likely, and is given up soon. The command
// stays in the shared ledger, and the host carries it out once it listens again.

import type { HostId } from "@bot-bottle/contracts"
import type { CommandLook, HostCommands } from "../postgres/host-commands.ts"
import type { ActionAnswer, AskWait, HostCommand } from "../roles/fleet.ts"

/** A host that listens reports every 15 s: two reports are missing. */
const SILENT_MS = 30_000
/** A host may be back before its first report, and a busy one takes a moment to send it. */
const SILENT_TIMEOUT_MS = 5_000
/** Most answers come sooner, and nobody needs to read of them. */
const QUIET_MS = 300
const POLL_MS = 150

export async function askHost(
  commands: Pick<HostCommands, "ask" | "lookAt">,
  target: HostId,
  command: Omit<HostCommand, "id">,
  { timeoutMs, onWait }: AskWait,
): Promise<ActionAnswer> {
  const id = await commands.ask(target, command)
  const startMs = performance.now()
  for (let isTold = false; ; ) {
    const look = await commands.lookAt(id)
    if (look.answer !== undefined) return look.answer
    const elapsedMs = performance.now() - startMs
    if (!isTold && elapsedMs >= QUIET_MS) {
      isTold = true
      onWait(look.silentMs >= SILENT_MS ? look.silentMs : undefined)
    }
    if (elapsedMs >= timeoutOf(look, timeoutMs)) return noAnswer(look)
    await Bun.sleep(POLL_MS)
  }
}

function timeoutOf({ silentMs, isHeard }: CommandLook, timeoutMs: number): number {
  return silentMs >= SILENT_MS && !isHeard ? Math.min(timeoutMs, SILENT_TIMEOUT_MS) : timeoutMs
}

function noAnswer({ silentMs, isHeard }: CommandLook): ActionAnswer {
  return { outcome: "no-answer", isHeard, ...(silentMs >= SILENT_MS && !isHeard ? { silentMs } : {}) }
}
