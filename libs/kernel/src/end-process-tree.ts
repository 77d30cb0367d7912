// Ends a process and everything below it, whatever it ignores.
//
//   INV-46  The tree is listed before its top is killed, since orphans cannot be found again; a bottle's
//           pid namespace takes the rest with its first process.

import type { ProcessIdentity } from "@bot-bottle/contracts"
import { isProcessAlive, killProcess, listDescendants } from "./process-identity.ts"

const POLL_MS = 1

/** Resolves when none of them lives. Idempotent. */
export async function endProcessTree(top: ProcessIdentity): Promise<void> {
  const known = new Set<ProcessIdentity>([top])
  for (;;) {
    for (const identity of [...known]) for (const child of listDescendants(identity)) known.add(child)
    const alive = [...known].filter(isProcessAlive)
    if (alive.length === 0) return
    for (const identity of alive) killProcess(identity)
    await Bun.sleep(POLL_MS)
  }
}

/**
 * Ends what is left of a process group whose leader has just ended. The child of bubblewrap asks
 * the kernel to die with it only a moment after the fork. A kill before that leaves an orphan.
 */
export function endProcessGroup(leaderPid: number): void {
  try {
    process.kill(-leaderPid, "SIGKILL")
  } catch {
    // Nobody was left in it.
  }
}

/** Processes that are not ours to wait for: nothing tells when they end but looking. */
export async function processesEnded(processes: readonly ProcessIdentity[]): Promise<void> {
  while (processes.some(isProcessAlive)) await Bun.sleep(POLL_MS)
}
