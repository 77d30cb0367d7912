// Room on the disk that is kept for the commands that free some. They note in the ledger that a run
// ended, and that its files are gone. On a full disk the ledger could not even be opened.

import { mkdirSync, rmSync, statSync, writeFileSync } from "node:fs"
import { join } from "node:path"

/** For one command: the write-ahead log, its index, the audit's head, and a note in the run's folder. */
const FILES = ["1", "2", "3", "4"]
const FILE_BYTES = 128 * 1024

/** Makes it when it is missing and there is room. */
export function keepReserve(root: string): void {
  const folder = reserveIn(root)
  if (statSync(folder, { throwIfNoEntry: false }) !== undefined) return
  // Not zeros: some file systems keep those without taking room for them.
  const bytes = new Uint8Array(FILE_BYTES).fill(0x2e)
  try {
    mkdirSync(folder, { mode: 0o700 })
    for (const name of FILES) writeFileSync(join(folder, name), bytes, { mode: 0o600, flag: "wx" })
  } catch {
    // A part of it would be too little, and would take the room that it is to give.
    rmSync(folder, { recursive: true, force: true })
  }
}

/** Whether there was one. */
export function giveUpReserve(root: string): boolean {
  try {
    rmSync(reserveIn(root), { recursive: true })
    return true
  } catch {
    return false // none, or it cannot be removed
  }
}

function reserveIn(root: string): string {
  return join(root, "ledger-reserve")
}
