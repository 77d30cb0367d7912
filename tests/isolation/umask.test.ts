// An operator's umask is theirs, however strict: runs start all the same, and keep it.

import { expect, test } from "bun:test"
import { mkdirSync } from "node:fs"
import { join } from "node:path"
import { runProgram } from "@bot-bottle/testkit"
import { agentIn, CLI, openCliHost, programBottle } from "../e2e/cli/cli-host.ts"

const SCRIPT = `umask; touch new; stat -c %a new`

test.each([
  ["000", "0000", "666"],
  ["022", "0022", "644"],
  ["027", "0027", "640"],
  ["007", "0007", "660"],
  ["077", "0077", "600"],
] as const)(
  "under umask %s a run starts, in its own folder, a copy and a bound one, and its agent has it",
  async (umask, shown, mode) => {
    await using host = await openCliHost()
    await host.write("bottles/dev.md", programBottle(["/bin/sh", "-c", SCRIPT]))
    await host.write("agents/impl.md", agentIn("dev"))
    for (const workspace of ["", "--workspace copy", "--workspace bind"]) {
      const cwd = join(host.cwd, `of ${workspace}`)
      mkdirSync(cwd)
      const start = `umask ${umask}; exec ${CLI[0]} start impl --headless --prompt x ${workspace}`
      const { exitCode, stdout } = await runProgram(["sh", "-c", start], { cwd, env: host.env })
      expect({ workspace, exitCode, said: stdout.trim().split("\n") }).toEqual({
        workspace,
        exitCode: 0,
        said: [shown, mode],
      })
    }
  },
  60_000,
)
