// Runs in the background: started from a terminal that goes away, joined and left, with nobody's
// end but their own ending them.

import { expect, test } from "bun:test"
import { lstatSync, readdirSync, readFileSync } from "node:fs"
import { fileURLToPath } from "node:url"
import { startProgram } from "@bot-bottle/testkit"
import { inTerminal, joinedSuite, LINES, LONG, RAW } from "./joined-suite.ts"
import { type LifecycleHost, openLifecycleHost } from "./lifecycle-host.ts"

joinedSuite()

test("problems before the agent runs are the starter's, with their exit code, and leave nothing", async () => {
  await using host = await openLifecycleHost(RAW)
  const rows = []
  for (const flags of [
    ["--detach", "--headless"],
    ["--detach", "--headless", "--prompt", "x", "--bottle", "none"],
    ["--detach", "--headless", "--prompt", "x", "--color", "pink"],
    ["--detach"],
  ]) {
    const { exitCode, stdout, stderr } = await host.run("start", "impl", ...flags)
    rows.push([exitCode, stdout, stderr.split("\n")[0]])
  }
  expect(rows).toEqual([
    [2, "", "bot-bottle: error: start --headless needs --prompt"],
    [1, "", expect.stringContaining("bot-bottle: error: ")],
    [2, "", "bot-bottle: error: invalid --color 'pink'"],
    [2, "", "bot-bottle: error: start asks questions, and this is not a terminal"],
  ])
  expect(await host.ledger.listRuns({ all: true })).toEqual([])
  await host.write(
    "bottles/dev.md",
    "---\nagent_provider: { template: command, argv: [no-such-program], meters: [] }\n---\n",
  )
  const missing = await host.run("start", "impl", "--detach", "--headless", "--prompt", "x")
  expect([missing.exitCode, missing.stdout]).toEqual([127, ""])
  expect(missing.stderr).toContain("session ended (exit 127)")
}, 60_000)

test("a run in the foreground cannot be joined, and its session socket is its operator's alone", async () => {
  await using host = await openLifecycleHost(RAW)
  await using terminal = await inTerminal(host, "start", "impl", "--bottle", "dev", "--label", "mine", "--color", "red")
  await terminal.untilScreen("Start?", LONG)
  await terminal.press("y")
  await terminal.untilScreen("screen 110x50", LONG)
  const { slug } = await host.loadRun()
  const socket = lstatSync(host.stateFolder(slug, "session.sock"))
  expect([socket.isSocket(), socket.mode & 0o777]).toEqual([true, 0o600])
  await using other = await inTerminal(host, "attach", slug)
  await other.untilScreen(`to watch it: bot-bottle logs -f ${slug}`, LONG)
  expect(await other.untilExit()).toBe(1)
  const look = await host.run(
    "exec",
    slug,
    "--",
    "sh",
    "-c",
    "find / -name session.sock 2>/dev/null; grep -c sock /proc/self/mounts; echo looked",
  )
  expect(look.stdout.split("\n").at(-2)).toBe("looked")
  expect(look.stdout).not.toContain("session.sock")
  await terminal.press("q")
  expect(await terminal.untilExit()).toBe(5)
}, 60_000)

test("starts at the same instant get labels of their own, say which, and none takes another's folder", async () => {
  await using host = await openLifecycleHost(LINES)
  const starting = Array.from({ length: 4 }, () => host.run("start", "impl", "--detach", "--headless", "--prompt", "x"))
  const ended = await Promise.all(starting)
  expect(ended.map(({ exitCode }) => exitCode)).toEqual([0, 0, 0, 0])
  const runs = await host.ledger.listRuns({ all: false })
  expect(runs.map(({ label }) => label).toSorted()).toEqual(["impl", "impl-2", "impl-3", "impl-4"])
  expect(runs.map(({ slug }) => slug).toSorted()).toEqual(ended.map(({ stdout }) => stdout.trim()).toSorted())
  const told = ended.flatMap(({ stderr }) => stderr.match(/label 'impl' is taken; this run is '(impl-\d)'/)?.[1] ?? [])
  expect(told.toSorted()).toEqual(["impl-2", "impl-3", "impl-4"])
  for (const { slug } of runs) await host.run("kill", slug)
}, 60_000)

test("a starter that leaves or dies before the agent runs leaves nothing behind", async () => {
  await using host = await openLifecycleHost(RAW)
  await using leaving = await inTerminal(
    host,
    "start",
    "impl",
    "--detach",
    "--bottle",
    "dev",
    "--label",
    "mine",
    "--color",
    "red",
  )
  await leaving.untilScreen("Start?", LONG)
  expect(launchersOf(host)).toEqual([])
  await leaving.press("Escape")
  await leaving.untilScreen("Nothing was started", LONG)
  expect([await leaving.untilExit(), launchersOf(host)]).toEqual([0, []])

  // Told what to launch, and its starter gone the moment after.
  const program = fileURLToPath(import.meta.resolve("bot-bottle/src/background/background-main.ts"))
  await using orphan = startProgram([process.execPath, program], { env: host.env })
  const flags = { agent: "impl", headless: true, prompt: "x", agentArguments: [] }
  const order = { command: "start", cwd: host.cwd, flags, terminal: { columns: 80, rows: 24 }, answers: [] }
  orphan.write(`${JSON.stringify(order)}\n`)
  orphan.closeStdin()
  expect((await orphan.result).exitCode).toBe(143)
  await host.run("list")
  expect(await host.ledger.listRuns({ all: false })).toEqual([])
}, 60_000)

/** Launchers in the background of this host. */
function launchersOf({ root }: LifecycleHost): readonly number[] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((pid) => {
      try {
        const argv = readFileSync(`/proc/${pid}/cmdline`, "latin1")
        return (
          argv.includes("background-main.ts") &&
          readFileSync(`/proc/${pid}/environ`, "latin1").includes(`BOT_BOTTLE_HOME=${root}\0`)
        )
      } catch {
        return false
      }
    })
}
