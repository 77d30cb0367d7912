// A reader that leaves early, as `head` does, is not an error of ours. A command that was asked to end does
// not wait for a reader that takes nothing.

import { expect, test } from "bun:test"
import { closeSync, constants, openSync, readdirSync, writeSync } from "node:fs"
import { join } from "node:path"
import { loadOwnIdentity } from "@bot-bottle/control"
import {
  fillHistory,
  openLedger,
  sampleBudgets,
  sampleRequest,
  sampleRun,
  sampleSettlement,
} from "@bot-bottle/ledger/testing"
import { runProgram, waitFor } from "@bot-bottle/testkit"
import { CLI, openCliHost } from "./cli-host.ts"

test.each([["--help"], ["completions bash"], ["list --all --json"], ["demo"]])(
  "%s | true ends without a word, with its own exit code or SIGPIPE's",
  async (words) => {
    await using host = await openCliHost()
    const script = `${CLI[0]} ${words} | true; echo "\${PIPESTATUS[0]}"`
    const { stdout, stderr } = await runProgram(["bash", "--norc", "-c", script], { cwd: host.cwd, env: host.env })
    expect(stderr).toBe("")
    expect(["0\n", "141\n"]).toContain(stdout)
  },
  60_000,
)

test("a demo whose reader leaves removes what it made", async () => {
  await using host = await openCliHost()
  const env = { ...host.env, TMPDIR: host.cwd }
  const { stdout } = await runProgram(["bash", "--norc", "-c", `${CLI[0]} demo | head -1`], { cwd: host.cwd, env })
  expect(stdout).toBe("bot-bottle demo\n")
  await waitFor("the demo to be over", () => readdirSync(host.cwd).length === 0, { deadlineMs: 20_000 })
}, 60_000)

/** Longer than a command waits for its reader, and far shorter than anybody would. */
const STUCK_DEADLINE_MS = 30_000

test.each(["SIGINT", "SIGTERM", "SIGHUP"] as const)(
  "events --json ends on %s while its reader takes nothing",
  async (signal) => {
    await using host = await openCliHost()
    await addBusyRun(host.root)
    const pipe = join(host.cwd, "pipe")
    await runProgram(["mkfifo", pipe])
    // Open for reading as well: writers wait, and get no EPIPE.
    const held = openSync(pipe, constants.O_RDWR)
    const probe = openSync(pipe, constants.O_WRONLY | constants.O_NONBLOCK)
    const child = Bun.spawn([...CLI, "events", "--json"], {
      cwd: host.cwd,
      env: host.env,
      stdio: ["ignore", held, "ignore"],
      timeout: STUCK_DEADLINE_MS,
      killSignal: "SIGKILL",
    })
    await waitFor("the pipe to be full", () => isFull(probe))
    child.kill(signal)
    await child.exited
    closeSync(probe)
    closeSync(held)
    expect([child.exitCode, child.signalCode]).toEqual([0, null])
  },
  60_000,
)

function isFull(pipe: number): boolean {
  try {
    // Little enough that the command is what fills it.
    writeSync(pipe, ".".repeat(64))
    return false
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EAGAIN") return true
    throw error
  }
}

/** Ours, so that it counts as running. */
async function addBusyRun(root: string): Promise<void> {
  const path = join(root, "bot-bottle.db")
  await using ledger = await openLedger(path)
  const budgets = sampleBudgets("busy", { declared: [] })
  await ledger.createRun(sampleRun("busy", { launcher: loadOwnIdentity() }))
  await ledger.reserve(sampleRequest("first", "busy", budgets))
  await ledger.settle("first", sampleSettlement({ outputTokens: 1 }))
  fillHistory({ path, slug: "busy", requests: 2_000, spanMs: 60_000, endMs: Date.now() })
}
