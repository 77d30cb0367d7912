// Any command that opens the ledger looks for parked runs whose time has come. A process of its own
// resumes them: the command has something else to do.

import { hostProgram, OperatorProblem, SEALED_FOLDER } from "@bot-bottle/contracts"
import { isProcessAlive } from "@bot-bottle/kernel"
import type { Ledger } from "@bot-bottle/ledger"
import { loadSettings } from "@bot-bottle/manifest"
import type { HostEnv } from "../host.ts"
import { loadOwnIdentity } from "../launch/own-identity.ts"
import { listParkedRuns } from "./parked-runs.ts"

/** Settings that do not parse would fail the resume, which is then not tried again. */
function canResume(root: string): boolean {
  try {
    loadSettings(root)
    return true
  } catch (error) {
    if (error instanceof OperatorProblem) return false
    throw error
  }
}

export async function inDueTurn<T>(ledger: Ledger, resume: () => Promise<T>): Promise<T | undefined> {
  const turn = dueTurn()
  if ((await ledger.claim(turn, isProcessAlive)) !== "claimed") return undefined
  try {
    return await resume()
  } finally {
    await ledger.releaseClaim(turn)
  }
}

/** The turn of the process that resumes what is due. */
function dueTurn() {
  return { kind: "resume", name: "due", holder: loadOwnIdentity() } as const
}

export async function resumeDue(ledger: Ledger, { root, cwd }: Pick<HostEnv, "root" | "cwd">): Promise<void> {
  const [first] = await listParkedRuns(ledger, root)
  if (first === undefined || first.resumeAtMs > Date.now() || !canResume(root)) return
  const turn = dueTurn()
  // Somebody is at it.
  if ((await ledger.claim(turn, isProcessAlive)) !== "claimed") return
  await ledger.releaseClaim(turn)
  const child = Bun.spawn([...hostProgram(process.execPath, "bot-bottle", `--from=${cwd}`, "wait", "--once")], {
    cwd: SEALED_FOLDER,
    stdin: "ignore",
    stdout: "ignore",
    stderr: "ignore",
    detached: true,
  })
  child.unref()
}
