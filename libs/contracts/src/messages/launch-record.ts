// `state/<slug>/launch.json`: a launch's budgets and flags, and the process whose end is the
// bottle's end. A later build of bot-bottle may read it.

import * as v from "valibot"
import type { ProcessIdentity } from "../run/process-identity.ts"
import { type RunBudgets, SHUTDOWN_POLICIES, type ShutdownPolicy } from "../spend/budget.ts"
import { boundedText, type EntriesOf, listOf, nonEmptyText, path, processIdentity } from "./shapes/bounds.ts"
import { runBudgetsSchema } from "./shapes/budget-shapes.ts"
import type { MessageSchema } from "./shapes/parse-message.ts"

export const MAX_LAUNCH_RECORD = 4 * 1024 * 1024
/** Characters. */
export const MAX_KEPT_PROMPT = 1024 * 1024

export interface LaunchRecord {
  readonly budgets: RunBudgets
  /** Absent until the bottle runs. */
  readonly bottle?: ProcessIdentity
  /** The repository whose agents the run was started among; absent from records of older builds. */
  readonly repoFolder?: string
  /** The value of `--shutdown`; absent without that flag. */
  readonly shutdown?: ShutdownPolicy
  /** The value of `--image`; absent without that flag. */
  readonly image?: string
  /** True when unlisted hosts are let through to learn the routes. A resume ends that. */
  readonly observe?: true
  /** The ids of the logins that its launcher renews; absent without one. */
  readonly logins?: readonly string[]
  /** Fingerprints of what a reload cannot change, by what people call it. Absent from records of older builds. */
  readonly fixed?: Readonly<Record<string, string>>
  /** The task of a headless run, when it is short enough: for an agent that has to begin again. */
  readonly prompt?: string
}

export const launchRecordSchema: MessageSchema<LaunchRecord> = v.object({
  budgets: runBudgetsSchema,
  bottle: v.exactOptional(processIdentity()),
  repoFolder: v.exactOptional(path()),
  shutdown: v.exactOptional(v.picklist(SHUTDOWN_POLICIES)),
  image: v.exactOptional(nonEmptyText(4_096)),
  observe: v.exactOptional(v.literal(true)),
  logins: v.exactOptional(listOf(nonEmptyText(64), 100)),
  fixed: v.exactOptional(v.record(nonEmptyText(64), nonEmptyText(64))),
  prompt: v.exactOptional(boundedText(MAX_KEPT_PROMPT)),
} satisfies EntriesOf<LaunchRecord>)
