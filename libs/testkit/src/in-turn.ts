// Work that only one test process does at a time, such as an installation into a folder that all share.
//
// The turn is a transaction on an SQLite file: the system gives it back when its holder dies.

import { Database } from "bun:sqlite"
import { mkdirSync } from "node:fs"
import { dirname } from "node:path"
import { waitFor } from "./wait-for.ts"

/** `file` names the turn and is made here. A `work` that finds all done returns at once. */
export async function inTurn<T>(
  file: string,
  work: () => Promise<T>,
  { deadlineMs }: { readonly deadlineMs: number },
): Promise<T> {
  mkdirSync(dirname(file), { recursive: true })
  using turn = new Database(file)
  await waitFor(`the turn ${file}`, () => hasTaken(turn), { deadlineMs })
  return await work()
}

function hasTaken(turn: Database): boolean {
  try {
    turn.run("BEGIN EXCLUSIVE")
    return true
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "SQLITE_BUSY") return false
    throw error
  }
}
