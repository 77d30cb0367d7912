// Commands inside a run's bottle, and what the transcript shows of an agent that would play with
// its reader.

import { expect, test } from "bun:test"
import { openTerminal } from "@bot-bottle/testkit"
import { CLI } from "../cli/cli-host.ts"
import { execSuite, IDLE } from "./exec-suite.ts"
import { openLifecycleHost } from "./lifecycle-host.ts"

const LONG = { deadlineMs: 15_000 }

execSuite()

test("logs: on a terminal nothing of the agent's is obeyed, unless --raw; elsewhere it is as it was written", async () => {
  await using host = await openLifecycleHost(IDLE)
  await using _run = await host.launch("x")
  const { slug } = await host.loadRun()
  expect((await host.run("logs", slug)).stdout).toBe("first \x1b]0;owned\x07\x1b[2Jshown\r\n")
  const shell = (words: string) =>
    openTerminal(["sh", "-c", `echo before; ${CLI[0]} ${words}; echo after; sleep 1000`], {
      cwd: host.cwd,
      env: host.env,
    })
  await using safe = await shell(`logs ${slug}`)
  expect(await safe.untilScreen("after", LONG)).toBe("before\nfirst shown\nafter")
  await using raw = await shell(`logs --raw ${slug}`)
  expect(await raw.untilScreen("after", LONG)).not.toContain("before")
  await using odd = await shell("logs \"$(printf '\\033[2Jx')\"")
  expect(await odd.untilScreen("after", LONG)).toContain("before\nbot-bottle: error: unknown run '�[2Jx'")
  expect((await host.run("logs", slug, "--json")).exitCode).toBe(2)
  expect((await host.run("logs", slug, "--egress")).stderr).toContain("nothing logged")
}, 60_000)
