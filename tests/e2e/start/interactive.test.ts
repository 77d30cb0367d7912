// `start` in front of a person, in a real terminal: what they see, what each key does, and
// that leaving at any question launches nothing.

import { describe, expect, test } from "bun:test"
import { existsSync, readdirSync, readlinkSync } from "node:fs"
import { join } from "node:path"
import { GUEST } from "@bot-bottle/bottle"
import { openTempFolder, openTerminal, type Terminal, waitFor } from "@bot-bottle/testkit"
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

test("only the ambiguous is asked: the agent, its bottles, then Start; the agent gets the terminal", async () => {
  await using start = await openStart(["--label", "impl two", "--color", "red"], {
    "agents/impl.md": "---\nskills: []\n---\n",
  })
  const { terminal, root } = start
  await terminal.untilScreen("Agent")
  await terminal.type("impl")
  await terminal.press("Enter")

  const offered = await terminal.untilScreen("Bottle")
  expect(offered).toContain("    dev <- base")
  expect(offered).toContain("torn  (line 2:")
  await terminal.type("dev")
  await terminal.untilScreen("filter: dev")
  await terminal.press("Space")
  await terminal.untilScreen("order:  dev")
  await terminal.press("BSpace", "BSpace", "BSpace")
  await terminal.type("tool")
  await terminal.untilScreen("filter: tool")
  await terminal.press("Space")
  await terminal.untilScreen("order:  dev, then tools")
  await terminal.press("Left")
  await terminal.untilScreen("order:  tools, then dev")
  await terminal.press("Enter")

  const preflight = await terminal.untilScreen("Start?")
  for (const words of [
    "agent    impl in bottle tools + dev (command) as 'impl two'",
    "sees     an empty folder; --cwd copies this one",
    "reaches  nothing",
    "key      none needed",
    "budget   this bottle meters no provider",
  ]) {
    expect(preflight).toContain(words)
  }
  await terminal.press("d")
  const details = await terminal.untilScreen(/Details[\s\S]*Start\?/)
  for (const words of ["tools + dev <- base", "everything else is refused"]) expect(details).toContain(words)
  await terminal.press("Enter")
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
  test.each(["Agent", "Start?"])("at %p leaves with exit 0 and nothing started", async (question) => {
    await using start = await openStart(question === "Agent" ? [] : ["impl"])
    const { terminal, root } = start
    await terminal.untilScreen(question)
    await terminal.press(key)
    await terminal.untilScreen("Nothing was started")
    expect(await terminal.untilExit()).toBe(0)
    expect(runsIn(root)).toEqual([])
  })
})

test("n at the preflight starts nothing; --yes does not ask", async () => {
  await using left = await openStart(["impl"])
  await left.terminal.untilScreen("Start?")
  await left.terminal.press("n")
  await left.terminal.untilScreen("Nothing was started")
  expect([await left.terminal.untilExit(), runsIn(left.root)]).toEqual([0, []])

  await using start = await openStart(["impl", "--yes"])
  await start.terminal.untilScreen("agent here")
  await start.terminal.press("q")
  expect(await start.terminal.untilExit()).toBe(5)
})

test.each([80, 50])("the preflight fits %p columns, and 24 rows", async (columns) => {
  await using start = await openStart(["impl"], {}, { columns, rows: 24 })
  const screen = await start.terminal.untilScreen("Start?")
  for (const word of ["Ready to start", "agent ", "sees ", "reaches ", "budget "]) expect(screen).toContain(word)
})

test("a terminal that is closed at the question ends the start", async () => {
  const start = await openStart(["impl"])
  await start.terminal.untilScreen("Start?")
  const startsOf = () => processesHolding(start.root)
  expect(startsOf()).not.toEqual([])
  await start[Symbol.asyncDispose]()
  await waitFor("the start to end", () => startsOf().length === 0)
})

test("a label that a running run has gets a number", async () => {
  await using first = await openStart(["impl", "--label", "same", "--yes"])
  await first.terminal.untilScreen("agent here")
  await using second = await openTerminal([...CLI, "start", "impl", "--label", "same", "--yes"], {
    env: { BOT_BOTTLE_HOME: first.root },
    cwd: first.root,
    columns: 110,
    rows: 50,
  })
  await second.untilScreen("agent here")
  expect(
    runsIn(first.root)
      .map((slug) => slug.replace(/-[0-9a-z]{5}$/, ""))
      .sort(),
  ).toEqual(["same", "same-2"])
  for (const terminal of [first.terminal, second]) {
    await terminal.press("q")
    expect(await terminal.untilExit()).toBe(5)
  }
})

async function openStart(
  args: readonly string[] = [],
  more: Readonly<Record<string, string>> = {},
  size = { columns: 110, rows: 50 },
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
    ...more,
  }
  for (const [path, text] of Object.entries(files)) await Bun.write(join(root, path), text, { mode: 0o600 })
  const env = { BOT_BOTTLE_HOME: root }
  const terminal = await openTerminal([...CLI, "start", ...args], { env, cwd: folder.path, ...size })
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

/** Processes that have a file below `root` open: a start has the ledger. */
function processesHolding(root: string): readonly string[] {
  return readdirSync("/proc").filter((pid) => {
    if (!/^\d+$/.test(pid)) return false
    try {
      return readdirSync(`/proc/${pid}/fd`).some((fd) => readlinkSync(`/proc/${pid}/fd/${fd}`).startsWith(root))
    } catch {
      // It ended meanwhile, or it is not ours.
      return false
    }
  })
}
