// Finds what runs left in the operator's folders when their guards died with them, and tidies it
// up. Every command on the host asks; hardly ever is there anything, and nothing more is loaded then.

import type { BindRecord } from "@bot-bottle/contracts"
import { codeOf, isProcessAlive } from "@bot-bottle/kernel"
import { listBindRecords, listInvalidBindRecords } from "./bind-record.ts"
import type { BindEnd } from "./finish-bind.ts"

/** Recovers folders that no process has any more. A launcher whose guard died ends its run, and cleans up itself. */
export async function recoverPendingBinds(root: string): Promise<readonly BindEnd[]> {
  const left = listBindRecords(root).filter(({ guard, owners }) => ![guard, ...owners].some(isProcessAlive))
  const invalid = listInvalidBindRecords(root)
  const ends: BindEnd[] = invalid.length === 0 ? [] : [{ quarantined: [], problems: invalid }]
  if (left.length === 0) return ends
  const { finishBind } = await import("./finish-bind.ts")
  const finished = left.map((record) => finishBind(root, record).catch((error) => unfinished(record, error)))
  return [...ends, ...(await Promise.all(finished))]
}

/** Its record stays, for the next command: one folder that cannot be reached stops no work in others. */
function unfinished({ plan }: BindRecord, error: unknown): BindEnd {
  const why = `${plan.folder} could not be cleaned up (${codeOf(error)}); do not trust it before that is done`
  return { quarantined: [], problems: [why] }
}
