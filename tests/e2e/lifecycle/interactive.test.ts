// freeze and resume in front of a person: the terminal is given back, the preflight says what
// the run was and what has changed, and no is no.

import { expect, test } from "bun:test"
import { openTerminal, type Terminal } from "@bot-bottle/testkit"
import { CLI, scriptBottle } from "../cli/cli-host.ts"
import { type LifecycleHost, openLifecycleHost } from "./lifecycle-host.ts"

/** A full-screen agent: takes every key, and counts its starts in its home. */
const RAW = `
  const { appendFileSync, readFileSync } = require("node:fs");
  appendFileSync(process.env.HOME + "/starts", "x");
  process.stdin.setRawMode(true);
  console.log("start", readFileSync(process.env.HOME + "/starts", "utf8").length);
  for await (const bytes of process.stdin) if (String(bytes) === "q") process.exit(5);
`

test("frozen from elsewhere the terminal comes back; resume shows what changed, asks, and the agent continues", async () => {
  await using host = await openLifecycleHost(RAW)
  await using first = await inTerminal(host, "start", "impl", "--bottle", "dev", "--label", "mine", "--color", "red")
  await first.untilScreen("Start?")
  await first.press("y")
  await first.untilScreen("start 1")
  const { slug } = await host.loadRun()
  expect((await host.run("freeze", slug)).exitCode).toBe(0)
  await first.untilScreen("frozen by the operator")
  expect(await first.untilExit()).toBe(1)

  await host.write("bottles/dev.md", scriptBottle(RAW, "egress: { routes: [{ host: docs.example.com }] }\n"))
  await using leaving = await inTerminal(host, "resume", slug)
  const preflight = await leaving.untilScreen("Resume?")
  for (const words of [
    `resumes  ${slug}: impl in bottle dev`,
    "changed: the routes have changed",
    "its workspace, as the agent left it",
  ])
    expect(preflight).toContain(words)
  await leaving.press("d")
  // The question is asked again below the details. A key before it is asked has nobody to go to.
  await leaving.untilScreen(new RegExp(`${slug}, frozen \\(operator\\) since 20[\\s\\S]*Resume\\?`))
  await leaving.press("Escape")
  await leaving.untilScreen("Nothing was started")
  expect(await leaving.untilExit()).toBe(0)
  expect((await host.loadRun()).status).toBe("frozen")

  await using second = await inTerminal(host, "resume", slug)
  await second.untilScreen("Resume?")
  await second.press("y")
  await second.untilScreen("start 2")
  await second.press("q")
  await second.untilScreen("session ended (exit 5)")
  expect(await second.untilExit()).toBe(5)
})

test("resume without a terminal and without --headless says which form there is", async () => {
  await using host = await openLifecycleHost(RAW)
  const { exitCode, stderr } = await host.run("resume", "mine-00000")
  expect([exitCode, stderr.includes("without one: bot-bottle resume mine-00000 --headless --prompt '…'")]).toEqual([
    2,
    true,
  ])
})

function inTerminal(host: LifecycleHost, ...args: readonly string[]): Promise<Terminal> {
  return openTerminal([...CLI, ...args], { cwd: host.cwd, env: host.env, columns: 110, rows: 50 })
}
