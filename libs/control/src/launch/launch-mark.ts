// `state/<slug>/launcher`: whose launch a new run's folder is, from the moment it is made. Until
// the run is in the ledger nothing else says that somebody is at work there.

import { readFileSync, statSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import type { ProcessIdentity } from "@bot-bottle/contracts"
import { ifThere, isProcessAlive } from "@bot-bottle/kernel"

export const LAUNCH_MARK_FILE = "launcher"
/** The folder is marked right after it is made, but a launch may be stopped in between. */
const UNMARKED_MS = 60 * 60_000

export function markLaunch(stateFolder: string, launcher: ProcessIdentity): void {
  writeFileSync(join(stateFolder, LAUNCH_MARK_FILE), launcher, { mode: 0o600 })
}

export function isBeingLaunched(stateFolder: string, nowMs: number): boolean {
  const launcher = ifThere(() => readFileSync(join(stateFolder, LAUNCH_MARK_FILE), "utf8"))
  if (launcher !== undefined) return isProcessAlive(launcher as ProcessIdentity)
  const folder = statSync(stateFolder, { throwIfNoEntry: false })
  return folder !== undefined && nowMs - folder.mtimeMs < UNMARKED_MS
}
