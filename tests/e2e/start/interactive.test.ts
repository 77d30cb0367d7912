// `start` in front of a person, in a real terminal: what they see, what each key does, and
// that leaving at any question launches nothing.

import { describe, expect, test } from "bun:test"
import { existsSync, readdirSync } from "node:fs"
import { join } from "node:path"
import { GUEST } from "@bot-bottle/bottle"
import { openTempFolder, openTerminal, type Terminal } from "@bot-bottle/testkit"
import { CLI } from "../cli/cli-host.ts"

/** Echoes what is typed, says which size and terminal it has, and ends on `q`. */
const AGENT = `
  process.stdin.setRawMode(true);
  console.log("agent here", process.stdout.columns + "x" + process.stdout.rows, process.stdin.isTTY);
  process.stdout.on("resize", () => console.log("resized", process.stdout.columns + "x" + process.stdout.rows));
  for await (const bytes of process.stdin) {
    const key = String(bytes);
    if (key === "q") process.exit(5);
    console.log("key", JSON.stringify(key));
  }`

test("agent, ordered bottles, label, color, preflight, yes: the agent gets the terminal and its exit code is ours", async () => {
  await using start = await openStart()
  const { terminal, root } = start
  await terminal.untilScreen("Which agent?")
  await terminal.type("impl")
  await terminal.press("Enter")

  const offered = await terminal.untilScreen("Which bottles, in merge order?")
  expect(offered).toContain("[1] dev <- base")
  expect(offered).toContain("    torn  (broken)")
  await terminal.type("tool")
  await terminal.untilScreen("filter: tool")
  await terminal.press("Space")
  await terminal.untilScreen("order:  dev, then tools")
  await terminal.press("Left")
  await terminal.untilScreen("order:  tools, then dev")
  await terminal.press("Enter")

  await terminal.untilScreen("Label?")
  await terminal.type(" two")
  await terminal.press("Enter")
  await terminal.untilScreen("Color?")
  await terminal.press("Down", "Down", "Enter")

  const preflight = await terminal.untilScreen("Launch it?")
  for (const words of [
    "impl two",
    "tools + dev <- base",
    "everything else is refused",
    "this bottle meters no provider",
  ]) {
    expect(preflight).toContain(words)
  }
  await terminal.press("y")
  await terminal.untilScreen(/agent here 110x50 true/)
  await terminal.press("C-c")
  await terminal.untilScreen('key "\\u0003"')
  await terminal.resize(90, 40)
  await terminal.untilScreen("resized 90x40")
  await terminal.press("q")
  await terminal.untilScreen("session ended (exit 5)")
  expect(await terminal.untilExit()).toBe(5)

  const [slug = ""] = runsIn(root)
  const metadata = await Bun.file(join(root, "state", slug, "metadata.json")).json()
  const { agent, bottles, ancestors, mode, label, color } = metadata
  expect({ agent, bottles, ancestors, mode, label, color }).toEqual({
    agent: "impl",
    bottles: ["tools", "dev"],
    ancestors: ["base"],
    mode: "interactive",
    label: "impl two",
    color: "red",
  })
})

describe.each(["Escape", "C-c"])("%s", (key) => {
  test.each([
    // answered before, question left
    [[], "Which agent?"],
    [["Enter"], "Which bottles, in merge order?"],
    [["Enter", "Enter"], "Label?"],
    [["Enter", "Enter", "Enter"], "Color?"],
    [["Enter", "Enter", "Enter", "Enter"], "Launch it?"],
  ] as const)("after %j leaves with exit 0 and nothing launched", async (answers, question) => {
    await using start = await openStart()
    const { terminal, root } = start
    const questions = ["Which agent?", "Which bottles, in merge order?", "Label?", "Color?"]
    for (const [index, answer] of answers.entries()) {
      await terminal.untilScreen(questions[index]!)
      await terminal.press(answer)
    }
    await terminal.untilScreen(question)
    await terminal.press(key)
    await terminal.untilScreen("nothing launched")
    expect(await terminal.untilExit()).toBe(0)
    expect(runsIn(root)).toEqual([])
  })
})

test("n at the preflight launches nothing, and n is what Enter means", async () => {
  for (const key of ["n", "Enter"]) {
    await using start = await openStart(["impl", "--bottle", "dev", "--label", "x", "--color", "red"])
    await start.terminal.untilScreen("Launch it?")
    await start.terminal.press(key)
    await start.terminal.untilScreen("nothing launched")
    expect(await start.terminal.untilExit()).toBe(0)
    expect(runsIn(start.root)).toEqual([])
  }
})

test("a label that a running run has is asked for again", async () => {
  await using first = await openStart(["impl", "--bottle", "dev", "--label", "same", "--color", "red"])
  await first.terminal.untilScreen("Launch it?")
  await first.terminal.press("y")
  await first.terminal.untilScreen("agent here")

  await using second = await openTerminal([...CLI, "start", "impl", "--bottle", "dev", "--label", "same"], {
    env: { BOT_BOTTLE_HOME: first.root },
    columns: 110,
    rows: 50,
  })
  await second.untilScreen("Label?")
  await second.press("Enter")
  await second.untilScreen("running run is already called 'same'")
  await second.type("r")
  await second.press("Enter")
  await second.untilScreen("Color?")
  await first.terminal.press("q")
  expect(await first.terminal.untilExit()).toBe(5)
})

async function openStart(
  args: readonly string[] = [],
): Promise<AsyncDisposable & { terminal: Terminal; root: string }> {
  const folder = await openTempFolder()
  const root = join(folder.path, "root")
  const argv = [`${GUEST.runtime}/bun`, "-e", AGENT]
  const files = {
    "bottles/base.md": "---\nlimits: { pids: 256 }\n---\n",
    "bottles/dev.md": `---\nextends: base\nagent_provider: { template: command, meters: [], argv: ${JSON.stringify(argv)} }\n---\n`,
    "bottles/tools.md": '---\nenv: { CI: "1" }\n---\n',
    "bottles/torn.md": "---\nnonsense: 1\n---\n",
    "agents/impl.md": "---\nbottle: dev\n---\n",
    "agents/other.md": "---\nbottle: dev\n---\n",
  }
  for (const [path, text] of Object.entries(files)) await Bun.write(join(root, path), text, { mode: 0o600 })
  const env = { BOT_BOTTLE_HOME: root }
  const terminal = await openTerminal([...CLI, "start", ...args], { env, cwd: folder.path, columns: 110, rows: 50 })
  return {
    terminal,
    root,
    async [Symbol.asyncDispose]() {
      await terminal[Symbol.asyncDispose]()
      await folder[Symbol.asyncDispose]()
    },
  }
}

function runsIn(root: string): readonly string[] {
  const state = join(root, "state")
  return existsSync(state) ? readdirSync(state).filter((name) => !name.startsWith(".")) : []
}
