// A container that was started without root: we are root in it, and there is no other user id.

import { expect, test } from "bun:test"
import { existsSync, readdirSync } from "node:fs"
import { join } from "node:path"
import { runProgram } from "@bot-bottle/testkit"
import { agentIn, CLI, openCliHost, programBottle } from "../e2e/cli/cli-host.ts"

test("with one user id a start is refused with exit code 3, the reason and the fix, and nothing is left; doctor says the same", async () => {
  await using host = await openCliHost()
  await host.write("bottles/dev.md", programBottle(["/usr/bin/true"]))
  await host.write("agents/impl.md", agentIn("dev"))
  const asRoot = ["unshare", "--user", "--map-root-user", "--"]
  const inside = (...args: readonly string[]) =>
    runProgram([...asRoot, ...CLI, ...args], { cwd: host.cwd, env: host.env, deadlineMs: 40_000 })
  const start = await inside("start", "impl", "--headless", "--prompt", "x")
  expect([start.exitCode, start.stdout]).toEqual([3, ""])
  expect(start.stderr).toMatch(
    /error: No isolation available: this container has 1 user id, and user \d+, .* is not among them\n/,
  )
  expect(start.stderr).toContain("hint: run bot-bottle as a user other than root in the container")
  const state = join(host.root, "state")
  expect(existsSync(state) ? readdirSync(state).filter((name) => !name.startsWith(".")) : []).toEqual([])
  expect((await inside("doctor")).stdout).toMatch(/this container has 1 user id/)
}, 60_000)
