// A launch needs room on the ledger's disk. Near its end each metered request may be refused, and a
// run that writes would be stopped at once.

import { findLowDisk } from "@bot-bottle/bottle"
import { formatBytes, OperatorProblem } from "@bot-bottle/contracts"

export class NoRoom extends OperatorProblem {
  override readonly name = "NoRoom"
}

/** Throws NoRoom. */
export function checkRoom(root: string): void {
  const low = findLowDisk(root)
  if (low === undefined) return
  throw new NoRoom(
    `the disk of ${root} has ${formatBytes(low.freeBytes)} left, or hardly a file: ${formatBytes(low.floorBytes)} are reserved for the ledger`,
    { hint: "make room, or see what bot-bottle itself can remove: bot-bottle cleanup" },
  )
}
