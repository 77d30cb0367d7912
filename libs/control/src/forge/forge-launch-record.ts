// `forge/launches/<id>.json`: a launch that an orchestrator asked for begins once, and says how far
// it has come.

import { randomUUID } from "node:crypto"
import { mkdirSync, renameSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import {
  FORGE_LAUNCHES_FOLDER,
  type ForgeLaunch,
  forgeLaunchFiles,
  OperatorProblem,
  type ProcessIdentity,
} from "@bot-bottle/contracts"

export interface ForgeLaunchRecord {
  write(launch: ForgeLaunch): void
}

/** Throws OperatorProblem when the launch has begun already, here or in another process. */
export function beginForgeLaunch(root: string, launchId: string, launcher: ProcessIdentity): ForgeLaunchRecord {
  if (!/^[\w-]{1,64}$/.test(launchId))
    throw new OperatorProblem("FORGE_LAUNCH_ID is not valid", { hint: "unset it: only an orchestrator sets it" })
  const folder = join(root, FORGE_LAUNCHES_FOLDER)
  const path = join(folder, forgeLaunchFiles(launchId).record)
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  try {
    writeFileSync(path, JSON.stringify({ kind: "begun", launcher } satisfies ForgeLaunch), {
      mode: 0o600,
      flag: "wx",
      flush: true,
    })
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error
    throw new OperatorProblem(`launch ${launchId} has begun already`, { hint: "bot-bottle orchestrate status" })
  }
  return {
    write(launch) {
      const sibling = join(folder, `.${randomUUID()}.tmp`)
      writeFileSync(sibling, JSON.stringify(launch), { mode: 0o600, flush: true })
      renameSync(sibling, path)
    },
  }
}
