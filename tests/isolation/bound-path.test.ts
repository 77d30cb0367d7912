// Build output names the path of its folder: scripts of a virtual environment, configured build
// trees.

import { expect, test } from "bun:test"
import { mkdirSync } from "node:fs"
import { join } from "node:path"
import { runProgram } from "@bot-bottle/testkit"
import { agentIn, CLI, openCliHost, programBottle } from "../e2e/cli/cli-host.ts"

test("in a bound folder, a script that names the folder's path runs, and what the agent builds runs on the host", async () => {
  await using host = await openCliHost()
  const folder = join(host.cwd, "a project")
  mkdirSync(folder)
  const inFolder = (script: string) => runProgram(["sh", "-c", script], { cwd: folder })
  await inFolder(
    "mkdir bin && printf '#!/bin/sh\\necho interpreted: $1\\n' >bin/interpreter && chmod +x bin/interpreter",
  )
  const build = 'printf \'#!/bin/sh\\nexec "%s/bin/interpreter" "$0"\\n\' "$PWD" >'
  await inFolder(`${build} built-on-host && chmod +x built-on-host`)
  await host.write(
    "bottles/dev.md",
    programBottle(["/bin/sh", "-c", `./built-on-host; ${build} built-in-bottle; chmod +x built-in-bottle; pwd`]),
  )
  await host.write("agents/impl.md", agentIn("dev"))
  const start = [...CLI, "start", "impl", "--headless", "--prompt", "x", "--workspace", "bind"]
  const run = await runProgram(start, { cwd: folder, env: host.env })
  expect({ exitCode: run.exitCode, stdout: run.stdout }).toEqual({
    exitCode: 0,
    stdout: `interpreted: ./built-on-host\n${folder}\n`,
  })
  expect((await inFolder("./built-in-bottle")).stdout).toBe("interpreted: ./built-in-bottle\n")
}, 60_000)
