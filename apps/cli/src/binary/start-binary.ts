// The first code of the single binary: it is every program of ours, and its first argument names
// the one it is to be. Without that argument it is the command line, typed by the operator.
//
// The build writes a main that hands over the programs; each is loaded only when it is the one.

import { existsSync, openSync } from "node:fs"
import { PROGRAM_FLAG, SEALED_FOLDER } from "@bot-bottle/contracts"
import { sealedEnvironment } from "../env.ts"
import { sealPath, UNSEALING_VARIABLES } from "./seal-start.ts"

export type Programs = Readonly<Record<string, () => Promise<unknown>>>

export async function startBinary(programs: Programs): Promise<void> {
  const [, , flag = ""] = process.argv
  const isNamed = flag.startsWith(PROGRAM_FLAG)
  const name = isNamed ? flag.slice(PROGRAM_FLAG.length) : "bot-bottle"
  const load = programs[name]
  if (load === undefined) throw new Error(`This binary holds no program ${name}`)
  if (isNamed) process.argv.splice(2, 1)
  else sealStart()
  await load()
}

/**
 * As bin/bot-bottle. Bun looks programs up in the PATH that it started with, so a PATH that has to change makes this
 * process start again; the second time nothing changes.
 */
function sealStart(): void {
  const { folder, argument } = callerFolder()
  const env = sealedEnvironment(UNSEALING_VARIABLES, (found) => sealPath({ ...found, folder, exists: existsSync }))
  if (env !== undefined) {
    if (process.execve === undefined) throw new Error("This Bun cannot start itself again")
    const self = process.execPath
    process.execve(self, [self, ...process.argv.slice(2)], env)
  }
  process.chdir(SEALED_FOLDER)
  process.argv.splice(2, 0, argument)
}

function callerFolder(): { readonly folder: string; readonly argument: string } {
  // Bun itself ends before this line when the folder no longer exists.
  const folder = process.cwd()
  try {
    return { folder, argument: `--from-fd=${openSync(".", "r")}` }
  } catch {
    // It cannot be read; its name is enough for paths that the operator gives.
    return { folder, argument: `--from=${folder}` }
  }
}
