// The stream for machines and for plain terminals: `events --json`, `list --watch`, and one
// picture by `dashboard --once`, over real runs.

import { expect, test } from "bun:test"
import type { HostEvent } from "@bot-bottle/contracts"
import { hostEventSchema, MAX_HOST_EVENT } from "@bot-bottle/contracts/messages/host-event"
import { parseMessage } from "@bot-bottle/contracts/messages/shapes/parse-message"
import { openTerminal, runProgram, waitFor } from "@bot-bottle/testkit"
import { CLI } from "../cli/cli-host.ts"
import { openEveningHost, TOKENS_PER_REQUEST } from "./evening-host.ts"

const DEADLINE_MS = 120_000

test(
  "events --json: every request of a run, refusals too; a cursor continues, and --run leaves the others out",
  async () => {
    await using host = await openEveningHost(2)
    const [login = "", review = ""] = host.slugs
    await using events = host.start("events", "--json")
    await events.untilStdout(/"kind":"tick"/)
    await host.order(0, "ask 2")
    await host.order(1, "deny registry.yarnpkg.com")
    await waitFor("two settled requests", async () => settled(events.stdout).length === 2 || undefined)
    await events.untilStdout(/"kind":"denied".*registry\.yarnpkg\.com/)
    expect(settled(events.stdout).map(({ slug, charged_tokens }) => ({ slug, charged_tokens }))).toEqual([
      { slug: login, charged_tokens: TOKENS_PER_REQUEST },
      { slug: login, charged_tokens: TOKENS_PER_REQUEST },
    ])
    const cursor = parse(events.stdout).findLast(({ kind }) => kind === "tick")?.cursor ?? ""

    await host.order(0, "ask 1")
    await waitFor("a third request", async () => settled(events.stdout).length === 3 || undefined)
    const third = settled(events.stdout).at(-1)?.id
    events.kill("SIGTERM")
    expect((await events.result).exitCode).toBe(0)

    await using later = host.start("events", "--json", "--from", cursor, "--run", login)
    await later.untilStdout(/"kind":"tick"/)
    const replayed = parse(later.stdout)
    expect(settled(later.stdout).map(({ id }) => id)).toContain(third ?? "")
    expect(replayed.flatMap((event) => (event.kind === "snapshot" ? event.runs.map(({ slug }) => slug) : []))).toEqual([
      login,
    ])
    expect(later.stdout).not.toContain(review)
  },
  DEADLINE_MS,
)

test(
  "a reader that leaves ends the stream as it ends every command",
  async () => {
    await using host = await openEveningHost(1)
    const script = `${CLI[0]} events --json | head -n 1 | cut -c 1-20; echo "\${PIPESTATUS[0]}"`
    const { stdout, stderr } = await runProgram(["bash", "--norc", "-c", script], { cwd: host.cwd, env: host.env })
    expect({ stdout, stderr }).toEqual({ stdout: '{"v":1,"cursor":"","\n141\n', stderr: "" })
  },
  DEADLINE_MS,
)

test(
  "list --watch: on a terminal in place, elsewhere a line for every change; dashboard --once: one picture and the end",
  async () => {
    await using host = await openEveningHost(2)
    await using lines = host.start("list", "--watch")
    await lines.untilStdout(/running {2}0 of 500,000 {2}0 denied/)
    await using terminal = await openTerminal([...CLI, "list", "--watch"], {
      cwd: host.cwd,
      columns: 80,
      rows: 24,
      env: { ...host.env, LANG: "C.UTF-8" },
    })
    await terminal.untilScreen("2 running")
    await host.order(0, "ask 1")
    await lines.untilStdout(/running {2}1,000 of 500,000 {2}0 denied/)
    await terminal.untilScreen(/1k of 500k/)
    await terminal.press("C-c")
    expect(await terminal.untilExit()).toBe(0)

    // The first lines are of the whole picture: what was refused before is counted in them.
    await host.order(1, "deny registry.yarnpkg.com")
    await lines.untilStdout(/1 denied {2}review #482/)
    await using later = host.start("list", "--watch")
    await later.untilStdout(/1 denied {2}review #482/)
    expect(later.stdout).not.toMatch(/0 denied {2}review/)

    const once = await host.run("dashboard", "--once")
    expect(once.exitCode).toBe(0)
    expect(once.stdout).toContain("review #482")
    // Without a UTF-8 locale nothing but ASCII is printed.
    expect(once.stdout).toMatch(/^[\n -~]*$/)
    const wide = await runProgram([...CLI, "dashboard", "--once"], {
      cwd: host.cwd,
      env: { ...host.env, LANG: "C.UTF-8" },
    })
    expect(wide.stdout).toContain("─")
  },
  DEADLINE_MS,
)

function parse(text: string): readonly HostEvent[] {
  return text
    .split("\n")
    .slice(0, -1)
    .map((line) => {
      const parsed = parseMessage(hostEventSchema, line, { maxLength: MAX_HOST_EVENT })
      if (parsed.outcome === "invalid") throw new Error(`${parsed.problem}: ${line.slice(0, 200)}`)
      return parsed.message
    })
}

function settled(text: string) {
  return parse(text).flatMap((event) => (event.kind === "request" && event.status === "settled" ? [event] : []))
}
