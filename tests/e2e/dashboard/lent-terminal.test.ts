// A command of the dashboard has the terminal, and the dashboard is asked to end: the command ends, the
// terminal is as before, and the run continues.

import { expect, test } from "bun:test"
import { waitFor } from "@bot-bottle/testkit"
import { CLI } from "../cli/cli-host.ts"
import { RAW, startDetached } from "../lifecycle/joined-suite.ts"
import { openLifecycleHost } from "../lifecycle/lifecycle-host.ts"
import { openAnsweringTerminal } from "./answering-terminal.ts"
import { endDashboard, expectRestored } from "./dashboard-in-shell.ts"
import { openEveningHost } from "./evening-host.ts"

const DEADLINE_MS = 60_000

/** DSR: the terminal answers that it is there. */
const STATUS_QUESTION = "\x1b[5n"

/** An editor that has the terminal until a signal ends it, and says so. */
const EDITOR = "perl -e '$SIG{TERM} = sub { print qq(editor ended\\r\\n); exit 0 }; print qq(editing\\r\\n); sleep 60'"

test.each(["SIGTERM", "SIGHUP"] as const)(
  "attached to an agent's own screen, %s detaches",
  async (signal) => {
    await using host = await openLifecycleHost(RAW)
    await startDetached(host)
    await using shell = openAnsweringTerminal({ env: host.env, answerAfterMs: 40 })
    shell.type(`${CLI[0]} dashboard\r`)
    await shell.until("the run", (screen) => screen.includes("1 running"))
    shell.type("a")
    await shell.until("the agent's screen", (screen) => screen.includes("screen 80x24"))
    await endDashboard(shell, signal)
    await shell.until("the way back", (screen) => /detached from mine-\w+, which/.test(screen))
    await expectRestored(shell)
    expect((await host.loadRun()).status).toBe("running")
  },
  DEADLINE_MS,
)

test(
  "attached to an agent's own screen, the dashboard is killed: the command detaches",
  async () => {
    await using host = await openLifecycleHost(RAW)
    await startDetached(host)
    await using shell = openAnsweringTerminal({ env: host.env, answerAfterMs: 40 })
    shell.type(`${CLI[0]} dashboard\r`)
    await shell.until("the run", (screen) => screen.includes("1 running"))
    shell.type("a")
    await shell.until("the agent's screen", (screen) => screen.includes("screen 80x24"))
    await endDashboard(shell, "SIGKILL")
    await shell.until("the way back", (screen) => /detached from mine-\w+, which/.test(screen))
    // The shell may have written its prompt before.
    shell.type("\r")
    await expectRestored(shell)
    expect((await host.loadRun()).status).toBe("running")
  },
  DEADLINE_MS,
)

// biome-ignore format: a table
test.each([
  // key, its screen,                            the command's last words
  ["a",   "Ctrl-C detaches",                     undefined],
  ["l",   "bot-bottle logs -f",                  undefined],
  ["de",  "editing",                             "editor ended"],
] as const)("while '%s' has the terminal, SIGTERM ends it", async (keys, shown, last) => {
  await using host = await openEveningHost(1)
  await host.order(0, "deny registry.yarnpkg.com")
  await using shell = openAnsweringTerminal({ env: { ...host.env, EDITOR }, answerAfterMs: 40 })
  shell.type(`${CLI[0]} dashboard\r`)
  await shell.until("the refusal", (screen) => /fix the login.*1 +\d+s|fix the login.*1 +now/.test(screen))
  for (const key of keys) shell.type(key)
  await shell.until("the command", (screen) => screen.includes(shown))
  await endDashboard(shell, "SIGTERM")
  if (last !== undefined) await shell.until("the command's end", (screen) => screen.includes(last))
  await expectRestored(shell)
}, DEADLINE_MS)

test(
  "a Ctrl-C before the command has the terminal leads back to the dashboard",
  async () => {
    await using host = await openEveningHost(1)
    // The dashboard waits for the answer before it starts a command.
    await using shell = openAnsweringTerminal({ env: host.env, answerAfterMs: 1_000 })
    shell.type(`${CLI[0]} dashboard\r`)
    await shell.until("the run", (screen) => screen.includes("1 running"))
    const questions = () => shell.output().split(STATUS_QUESTION).length
    const before = questions()
    shell.type("a")
    await waitFor("the question", () => questions() > before && !shell.modes().isAlternate)
    shell.type("\x03")
    await shell.until("the picture", (screen) => shell.modes().isAlternate && screen.includes("1 running"))
    shell.type("?")
    await shell.until("the help", (screen) => screen.includes("act on the selected run"))
    shell.type("q")
    await expectRestored(shell)
  },
  DEADLINE_MS,
)

test(
  "while it waits for enter after a command, the dashboard still ends when it is asked to",
  async () => {
    await using host = await openEveningHost(1)
    await host.run("freeze", host.slugs[0] ?? "")
    await using shell = openAnsweringTerminal({ env: host.env, answerAfterMs: 40 })
    shell.type(`${CLI[0]} dashboard\r`)
    await shell.until("the frozen run", (screen) => screen.includes("1 frozen"))
    shell.type("l")
    await shell.until("the wait", (screen) => screen.includes("Press enter to return"))
    await endDashboard(shell, "SIGTERM")
    await expectRestored(shell)
  },
  DEADLINE_MS,
)
