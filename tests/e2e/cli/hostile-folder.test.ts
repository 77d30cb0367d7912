// The folder a command is started from may be a stranger's repository.

import { expect, test } from "bun:test"
import { existsSync } from "node:fs"
import { mkdir, writeFile } from "node:fs/promises"
import { join, resolve } from "node:path"
import { runProgram } from "@bot-bottle/testkit"
import { CLI, openCliHost } from "./cli-host.ts"

/** As installed: what a package manager links into PATH. */
const INSTALLED = resolve(import.meta.dir, "../../../node_modules/.bin/bot-bottle")

test("INV-49: a repository's bunfig.toml and .env move neither the command line nor the proxy", async () => {
  await using host = await openCliHost({ env: { PATH: Bun.env["PATH"] ?? "" } })
  await host.write("bottles/quiet.md", "---\nagent_provider:\n  template: command\n  argv: [/usr/bin/true]\n---\n")
  await host.write("agents/nothing.md", "---\nbottle: quiet\n---\n")
  const trap = join(host.cwd, "trap.ts")
  const sprung = join(host.cwd, "sprung")
  await writeFile(trap, `require("node:fs").appendFileSync(${JSON.stringify(sprung)}, process.argv.join(" ") + "\\n")`)
  await writeFile(join(host.cwd, "bunfig.toml"), `preload = [${JSON.stringify(trap)}]\n`)
  await mkdir(join(host.cwd, "theirs"))
  await writeFile(join(host.cwd, ".env"), `BOT_BOTTLE_HOME=${join(host.cwd, "theirs")}\n`)

  const launch = ["start", "nothing", "--headless", "--prompt", "x"]
  const run = await runProgram([INSTALLED, ...launch], { cwd: host.cwd, env: host.env })
  expect({ exitCode: run.exitCode, sprung: existsSync(sprung) }).toEqual({ exitCode: 0, sprung: false })

  // The trap is one: without the flags of the first line it goes off.
  await runProgram([...CLI, "--version"], { cwd: host.cwd, env: host.env })
  expect(existsSync(sprung)).toBe(true)
})
