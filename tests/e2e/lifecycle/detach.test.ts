// Runs in the background: started from a terminal that goes away, joined and left, with nobody's
// end but their own ending them.

import { expect, test } from "bun:test"
import { lstatSync, readdirSync, readFileSync } from "node:fs"
import { fileURLToPath } from "node:url"
import type { HostProgram } from "@bot-bottle/contracts"
import { startProgram, waitFor } from "@bot-bottle/testkit"
import { runsProgram } from "../../started-program.ts"
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

test("a run in the foreground: Ctrl-] detaches, another terminal joins it, and its session socket is its operator's alone", async () => {
  await using host = await openLifecycleHost(RAW)
  await using terminal = await startInForeground(host)
  const { slug } = await host.loadRun()
  const socket = lstatSync(host.stateFolder(slug, "session.sock"))
  expect([socket.isSocket(), socket.mode & 0o777]).toEqual([true, 0o600])
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

  await terminal.type("ab")
  await terminal.untilScreen("keys ab", LONG)
  await terminal.press("C-]")
  await terminal.untilScreen(`detached from ${slug}, which continues; to attach again: bot-bottle attach ${slug}`, LONG)
  expect(await terminal.untilExit()).toBe(0)
  await using other = await inTerminal(host, "attach", slug)
  await other.untilScreen("keys ab", LONG)
  await other.press("q")
  await other.untilScreen("session ended (exit 5)", LONG)
  expect(await other.untilExit()).toBe(5)
}, 60_000)

test("a run in the foreground outlives its terminal; a signal to its starter ends it", async () => {
  await using host = await openLifecycleHost(RAW)
  const closed = await startInForeground(host)
  const { slug } = await host.loadRun()
  await closed[Symbol.asyncDispose]()
  await using again = await inTerminal(host, "attach", slug)
  await again.untilScreen("screen 110x50", LONG)
  await again.press("q")
  expect(await again.untilExit()).toBe(5)

  await waitFor("the starter of the closed terminal to be gone", () => startersOf(host).length === 0)
  await using signalled = await startInForeground(host)
  const [starter] = startersOf(host)
  process.kill(starter ?? 0, "SIGTERM")
  await signalled.untilScreen("session ended", LONG)
  expect(await signalled.untilExit()).toBe(143)
  expect(await host.ledger.listRuns({ all: false })).toEqual([])
}, 60_000)

test("an agent that ends before its terminal is joined ends the start, with its code", async () => {
  await using host = await openLifecycleHost("process.exit(9)")
  await using terminal = await inTerminal(host, "start", "impl", "--bottle", "dev", "--yes")
  await terminal.untilScreen("session ended (exit 9)", LONG)
  expect(await terminal.untilExit()).toBe(9)
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

async function startInForeground(host: LifecycleHost) {
  const terminal = await inTerminal(host, "start", "impl", "--bottle", "dev", "--label", "mine", "--yes")
  await terminal.untilScreen("screen 110x50", LONG)
  return terminal
}

/** Launchers in the background of this host. */
function launchersOf(host: LifecycleHost): readonly number[] {
  return processesOf(host, "background")
}

/** `start` itself. */
function startersOf(host: LifecycleHost): readonly number[] {
  return processesOf(host, "bot-bottle")
}

function processesOf({ root }: LifecycleHost, program: HostProgram): readonly number[] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((pid) => {
      try {
        const argv = readFileSync(`/proc/${pid}/cmdline`, "latin1")
        return (
          runsProgram(argv, program) &&
          readFileSync(`/proc/${pid}/environ`, "latin1").includes(`BOT_BOTTLE_HOME=${root}\0`)
        )
      } catch {
        return false
      }
    })
}
