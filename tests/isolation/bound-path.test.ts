// Build output names the path of its folder: scripts of a virtual environment, configured build
// trees.

import { expect, test } from "bun:test"
import { mkdirSync } from "node:fs"
import { join } from "node:path"
import { runProgram } from "@bot-bottle/testkit"
import { agentIn, CLI, openCliHost, programBottle } from "../e2e/cli/cli-host.ts"

test("a copy may keep its folder's path: what was built there runs, and what comes back runs there; resume keeps it too", async () => {
  await using host = await openCliHost()
  const folder = join(host.cwd, "a project")
  mkdirSync(folder)
  const inFolder = (...argv: readonly string[]) => runProgram(argv, { cwd: folder, env: host.env })
  const build = 'printf \'#!/bin/sh\\nexec "%s/interpreter" "$0"\\n\' "$PWD" >'
  await inFolder("sh", "-c", "printf '#!/bin/sh\\necho interpreted: $1\\n' >interpreter && chmod +x interpreter")
  await inFolder("sh", "-c", `${build} on-host && chmod +x on-host`)
  const script = `[ -e in-bottle ] || { ./on-host; ${build} in-bottle; chmod +x in-bottle; }; pwd; ls /home/node/workspace`
  const bottle = (extra: string) => host.write("bottles/dev.md", programBottle(["/bin/sh", "-c", script], extra))
  await bottle("workspace_path: original\n")
  await host.write("agents/impl.md", agentIn("dev"))
  const run = await inFolder(...CLI, "start", "impl", "--headless", "--prompt", "x", "--cwd")
  expect({ exitCode: run.exitCode, stdout: run.stdout }).toEqual({
    exitCode: 0,
    stdout: `interpreted: ./on-host\n${folder}\n`,
  })
  const slug = /run (\S+) started/.exec(run.stderr)?.[1] ?? ""
  // The bottle has changed meanwhile; the run's files name the path that they had.
  await bottle("")
  const resumed = await inFolder(...CLI, "resume", slug, "--headless", "--prompt", "y")
  expect([resumed.exitCode, resumed.stdout]).toEqual([0, `${folder}\n`])
  expect((await inFolder(...CLI, "apply", slug, "--yes")).exitCode).toBe(0)
  expect((await inFolder("./in-bottle")).stdout).toBe("interpreted: ./in-bottle\n")
  const usual = await inFolder(...CLI, "start", "impl", "--headless", "--prompt", "x", "--cwd")
  expect(usual.stdout).toStartWith("/home/node/workspace\n")
}, 60_000)

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
