// A host without bubblewrap.

import { realpathSync } from "node:fs"
import { type ProgramResult, runProgram } from "@bot-bottle/testkit"
import { CLI, type CliHost } from "./cli-host.ts"

/** The command line on a machine like this one, but for the missing program. */
export function runWithoutBubblewrap({ cwd, env }: CliHost, args: readonly string[]): Promise<ProgramResult> {
  const bwrap = realpathSync(Bun.which("bwrap") ?? "")
  const argv = [bwrap, "--dev-bind", "/", "/", "--ro-bind", "/dev/null", bwrap, "--", ...CLI, ...args]
  return runProgram(argv, { cwd, env })
}
