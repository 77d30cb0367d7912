// The dashboard restores the terminal in whatever way it ends. A late answer of the terminal is not
// typed into the shell.

import { describe, expect, test } from "bun:test"
import { existsSync } from "node:fs"
import { waitFor } from "@bot-bottle/testkit"
import { CLI, openCliHost } from "../cli/cli-host.ts"
import { type AnsweringTerminal, openAnsweringTerminal } from "./answering-terminal.ts"
import { dashboardPid, endDashboard, expectRestored, openDashboardIn, screenPid } from "./dashboard-in-shell.ts"

const DEADLINE_MS = 60_000

describe.each([0, 40, 1_500])("a terminal that answers after %p ms", (answerAfterMs) => {
  test.each([
    ["q", (shell: AnsweringTerminal) => shell.type("q")],
    ["Ctrl-C", (shell: AnsweringTerminal) => shell.type("\x03")],
    ["SIGTERM", (shell: AnsweringTerminal) => endDashboard(shell, "SIGTERM")],
    ["SIGINT", (shell: AnsweringTerminal) => endDashboard(shell, "SIGINT")],
    ["SIGHUP", (shell: AnsweringTerminal) => endDashboard(shell, "SIGHUP")],
  ] as const)(
    "%s: restored",
    async (_, end) => {
      await using host = await openCliHost()
      await using shell = openAnsweringTerminal({ env: host.env, answerAfterMs })
      await openDashboardIn(shell)
      await end(shell)
      await expectRestored(shell)
    },
    DEADLINE_MS,
  )
})

describe("the screen dies", () => {
  test.each(["SIGKILL", "SIGSEGV"] as const)(
    "of %s: it is started again where it was; at the second time the terminal is restored",
    async (signal) => {
      await using host = await openCliHost()
      await using shell = openAnsweringTerminal({ env: host.env, answerAfterMs: 40 })
      await openDashboardIn(shell)
      shell.type("?")
      await shell.until("the help", (screen) => screen.includes("act on the selected run"))
      const first = await screenPid(shell)
      process.kill(first, signal)
      await waitFor("another screen", async () => ((await screenPid(shell)) === first ? undefined : true))
      await shell.until("the help again", (screen) => screen.includes("act on the selected run"))
      process.kill(await screenPid(shell), signal)
      await shell.until("the hint", (screen) => screen.includes("bot-bottle list --watch"))
      await expectRestored(shell)
    },
    DEADLINE_MS,
  )
})

test(
  "the dashboard itself is killed: its screen gives the terminal back, and ends",
  async () => {
    await using host = await openCliHost()
    await using shell = openAnsweringTerminal({ env: host.env, answerAfterMs: 40 })
    await openDashboardIn(shell)
    const screen = await screenPid(shell)
    await endDashboard(shell, "SIGKILL")
    await waitFor("the shell's own screen", async () => (shell.modes().isAlternate ? undefined : true))
    // The shell wrote its prompt on the other screen.
    shell.type("\r")
    await expectRestored(shell)
    await waitFor("the screen to end", async () => !(await Bun.file(`/proc/${screen}/stat`).exists()) || undefined)
  },
  DEADLINE_MS,
)

test(
  "Ctrl-C quits also where a pasted text never ended",
  async () => {
    await using host = await openCliHost()
    await using shell = openAnsweringTerminal({ env: host.env, answerAfterMs: 40 })
    await openDashboardIn(shell)
    shell.type("\x1b[200~abc")
    // As a person does until it has gone: the first one may be read together with the text.
    while (shell.modes().isAlternate) {
      shell.type("\x03")
      await Bun.sleep(300)
    }
    await expectRestored(shell)
  },
  DEADLINE_MS,
)

test(
  "Ctrl-Z gives the shell its terminal; fg continues the picture",
  async () => {
    await using host = await openCliHost()
    await using shell = openAnsweringTerminal({ env: host.env, answerAfterMs: 40 })
    await openDashboardIn(shell)
    shell.type("\x1a")
    await shell.until("the shell", (screen) => screen.includes("Stopped"))
    await expectRestored(shell)
    shell.type("fg\r")
    await shell.until("the picture", (screen) => screen.includes("Nothing is running."))
    shell.type("q")
    await expectRestored(shell)
  },
  DEADLINE_MS,
)

test(
  "a closed terminal ends screen and dashboard",
  async () => {
    await using host = await openCliHost()
    await using shell = openAnsweringTerminal({ env: host.env, answerAfterMs: 40 })
    await openDashboardIn(shell)
    const pids = [await screenPid(shell), await dashboardPid(shell)]
    shell.hangUp()
    for (const pid of pids) await waitFor(`${pid} to end`, async () => !existsSync(`/proc/${pid}/stat`) || undefined)
  },
  DEADLINE_MS,
)

test(
  "a terminal that becomes too small says so, and shows the picture again when it is large enough",
  async () => {
    await using host = await openCliHost()
    await using shell = openAnsweringTerminal({ env: host.env, answerAfterMs: 40 })
    await openDashboardIn(shell)
    shell.resize(50, 6)
    await shell.until("the one line", (screen) => screen.startsWith("bot-bottle needs 60 x 12; this is 50 x 6"))
    shell.resize(1, 1)
    shell.resize(120, 36)
    await shell.until("the picture", (screen) => /● live$/m.test(screen) && screen.includes("Nothing is running."))
    expect(shell.screen().split("\n")[0]?.length).toBe(120)
    shell.type("q")
    await expectRestored(shell)
  },
  DEADLINE_MS,
)

describe("the terminal is restored, and has the colors that it can show:", () => {
  // biome-ignore format: a table
  test.each([
    // TERM,           environment                     colors that may be sent
    ["xterm",          {},                             /^38;5;[1-6]$/],
    ["linux",          {},                             /^38;5;[1-6]$/],
    ["vt100",          {},                             /^38;5;[1-6]$/],
    ["screen",         {},                             /^38;5;[1-6]$/],
    ["tmux-256color",  { COLORFGBG: "15;0" },          /^38;5;\d{2,3}$/],
    ["xterm",          { COLORTERM: "truecolor", COLORFGBG: "0;15" }, /^38;2;\d+;\d+;\d+$/],
    ["xterm-256color", { NO_COLOR: "1" },              undefined],
  ] as const)("TERM=%s %j", async (term, env, allowed) => {
    await using host = await openCliHost()
    await using shell = openAnsweringTerminal({ env: { ...host.env, ...env, TERM: term }, answerAfterMs: 40 })
    await openDashboardIn(shell)
    const sent = inkColors(shell.output())
    expect(sent.filter((color) => !allowed?.test(color))).toEqual([])
    expect(sent.length > 0).toBe(allowed !== undefined)
    shell.type("q")
    await expectRestored(shell)
  }, DEADLINE_MS)
})

// biome-ignore format: a table
test.each([
  // its background     answers after  environment           its hue of what is good
  ["fdfd/f6f6/e3e3",    0,             {},                   "38;5;64m"],
  ["ffff/ffff/ffff",    1_000,         { COLORFGBG: "15;0" }, "38;5;64m"],
  ["0000/0000/0000",    40,            { COLORFGBG: "0;15" }, "38;5;107m"],
  ["1e1e/1e1e/1e1e",    40,            {},                   "38;5;107m"],
] as const)("a terminal that says its background is %s (after %p ms, %j) gets the colors for it", async (background, answerAfterMs, env, hue) => {
  await using host = await openCliHost()
  await using shell = openAnsweringTerminal({ env: { ...host.env, ...env }, answerAfterMs, background })
  await openDashboardIn(shell)
  // The picture does not wait for the answer.
  const before = shell.output().length
  await waitFor("the color of 'live'", async () => shell.output().includes(hue) || undefined, { deadlineMs: 15_000, describe: () => JSON.stringify(shell.output().slice(before)) })
  shell.type("q")
  await expectRestored(shell)
}, DEADLINE_MS)

test(
  "list --watch has the theme of the settings",
  async () => {
    await using host = await openCliHost({ settings: "dashboard: { theme: light }\n" })
    await using shell = openAnsweringTerminal({ env: host.env, answerAfterMs: 40 })
    shell.type(`${CLI[0]} list --watch\r`)
    await shell.until("the picture", (screen) => screen.includes("Nothing is running."))
    expect(shell.output()).toContain("38;2;58;117;32m")
    shell.type("\x03")
    await expectRestored(shell)
  },
  DEADLINE_MS,
)

test(
  "without UTF-8 nothing but ASCII is written",
  async () => {
    await using host = await openCliHost()
    await using shell = openAnsweringTerminal({ env: { ...host.env, LANG: "C", LC_ALL: "C" }, answerAfterMs: 40 })
    await openDashboardIn(shell)
    shell.type("?")
    await shell.until("the help", (screen) => screen.includes("act on the selected run"))
    expect([...shell.output()].filter((char) => char > "~" && char !== "\x7f")).toEqual([])
    shell.type("q")
    await expectRestored(shell)
  },
  DEADLINE_MS,
)

test.each([
  // dashboard_keys               the error, also where the terminal breaks its line
  ["{ explode: x }", /unknown\s+action\s+'expl/],
  ["{ attach: x }", /'attach',\s+and\s+'kill'\s+has\s+it/],
] as const)(
  "settings that cannot be used (dashboard_keys: %s): the error, and no screen",
  async (keys, error) => {
    await using host = await openCliHost({ settings: `dashboard_keys: ${keys}\n` })
    await using shell = openAnsweringTerminal({ env: host.env, answerAfterMs: 40 })
    shell.type(`${CLI[0]} dashboard\r`)
    await shell.until("the error", (screen) => error.test(screen))
    await expectRestored(shell)
  },
  DEADLINE_MS,
)

test(
  "without a terminal, or on a dumb one, it refuses with a hint",
  async () => {
    await using host = await openCliHost()
    const { exitCode, stderr } = await host.run("dashboard")
    expect({ exitCode, isHinted: stderr.includes("bot-bottle list --watch") }).toEqual({ exitCode: 1, isHinted: true })
    await using shell = openAnsweringTerminal({ env: { ...host.env, TERM: "dumb" } })
    shell.type(`${CLI[0]} dashboard\r`)
    await shell.until("the hint", (screen) => screen.includes("list --watch"))
  },
  DEADLINE_MS,
)

/** The colors of letters. The library may paint a frame of blanks, in a color of its own, before the first picture. */
function inkColors(output: string): readonly string[] {
  const colors: string[] = []
  let color: string | undefined
  for (const piece of output.split("\x1b")) {
    const style = /^\[([\d;]*)m(.*)/s.exec(piece)
    if (style === null) continue
    const [, codes = "", text = ""] = style
    color = /[34]8;(?:5;\d+|2;\d+;\d+;\d+)/.exec(codes)?.[0] ?? (/^(?:|0|39)(?:;|$)/.test(codes) ? undefined : color)
    if (color !== undefined && text.trim() !== "") colors.push(color)
  }
  return colors
}
