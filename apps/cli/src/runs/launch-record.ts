// `state/<slug>/launch.json`: what later commands must know about a launch and the ledger does
// not keep: the budgets and flags it was started with, and the process whose end is the
// bottle's end.

import { readFileSync, renameSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import {
  type ProcessIdentity,
  type RunBudgets,
  runFolders,
  type ShutdownPolicy,
  type Slug,
} from "@bot-bottle/contracts"

export interface LaunchRecord {
  readonly budgets: RunBudgets
  /** Absent until the bottle runs. */
  readonly bottle?: ProcessIdentity
  /** Whose agents the run was started among; absent from records of older builds. */
  readonly repoFolder?: string
  /** As its `--shutdown` said; absent without that flag. */
  readonly shutdown?: ShutdownPolicy
  /** As its `--image` said; absent without that flag. */
  readonly image?: string
}

/** Replaced whole, so that a reader never sees half of it. */
export function writeLaunchRecord(root: string, slug: Slug, record: LaunchRecord): void {
  const path = pathOf(root, slug)
  writeFileSync(`${path}.draft`, JSON.stringify(record), { mode: 0o600 })
  renameSync(`${path}.draft`, path)
}

/** Undefined for a run whose state is gone. */
export function findLaunchRecord(root: string, slug: Slug): LaunchRecord | undefined {
  try {
    return JSON.parse(readFileSync(pathOf(root, slug), "utf8")) as LaunchRecord
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined
    throw error
  }
}

function pathOf(root: string, slug: Slug): string {
  return join(runFolders(root, slug).state, "launch.json")
}
