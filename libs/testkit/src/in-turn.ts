// Work that only one test process does at a time, such as an installation into a folder that all share.
//
// A child of ours holds the lock and reads our pipe, so the turn ends with this process, too.

import { mkdirSync } from "node:fs"
import { dirname } from "node:path"
import { startProgram } from "./program.ts"

/** `file` names the turn and is made here. Throws after `deadlineMs` without it. */
export async function inTurn<T>(
  file: string,
  work: () => Promise<T>,
  { deadlineMs }: { readonly deadlineMs: number },
): Promise<T> {
  mkdirSync(dirname(file), { recursive: true })
  const timeoutS = String(deadlineMs / 1000)
  await using turn = startProgram(["flock", "--no-fork", "--timeout", timeoutS, file, "cat"])
  turn.write("taken\n")
  // More than flock has, which may start late: its own end is the better message.
  await turn.untilStdout(/^taken$/m, { deadlineMs: deadlineMs + 30_000 })
  return await work()
}
