// Nothing that bot-bottle prints is wider than the terminal: help, listings, preflight, doctor, the
// closing summary and errors, in narrow and wide ones.

import { expect, test } from "bun:test"
import { runInTerminal } from "@bot-bottle/testkit"
import { describeProgram } from "bot-bottle/src/program/program.ts"
import { CLI, openCliHost, scriptBottle } from "../cli/cli-host.ts"

/** Their --help is the agent's own. */
const HARNESSES = ["claude", "codex", "pi"]
const WIDTHS = [50, 80, 120] as const
/** Fifty commands and more, one after the other, on a machine that has other things to do. */
const MANY_MS = 300_000

test.each(WIDTHS)(
  "every --help fits %p columns, with its example and nothing but commands in it",
  async (columns) => {
    for (const path of [[], ...pathsOf(describeProgram())].filter(([name = ""]) => !HARNESSES.includes(name))) {
      const { exitCode, lines } = await runInTerminal([...CLI, ...path, "--help"], {
        columns,
        env: { HOME: "/nonexistent" },
      })
      expect({ path, exitCode, wide: tooWide(lines, columns) }).toEqual({ path, exitCode: 0, wide: [] })
      expect({ path, hasExample: lines.includes("Example:") }).toEqual({ path, hasExample: true })
    }
  },
  MANY_MS,
)

test.each(WIDTHS)(
  "screens of a host with runs fit %p columns",
  async (columns) => {
    await using host = await hostWithRuns()
    const run = (...args: readonly string[]) =>
      runInTerminal([...CLI, ...args], { columns, cwd: host.cwd, env: host.env })
    const screens = [
      ["list", "--all"],
      ["usage"],
      ["usage", "--by", "model"],
      ["budget", "list"],
      ["audit"],
      ["doctor"],
      ["doctor", "--probe"],
      ["info", "implementer-of-long-names"],
      ["info", "dev"],
      ["login", "--list"],
      ["cleanup", "--dry-run"],
      ["logs", "@last", "--egress"],
      ["logs", "@last", "--egress", "--by", "host"],
      ["diff", "@last"],
      ["why", "@last"],
      ["dashboard", "--once"],
      ["start", "implementer-of-long-names", "--dry-run"],
      ["start", "implementer-of-long-names", "--headless", "--prompt", "x"],
      ["budget", "set", "host", "claude", "+100k"],
      ["logs", "@last"],
      ["policy", "propose", "@last", "--denied"],
      ["policy", "check", "https://pkgs.example.com/left-pad", "--bottle", "dev"],
      ["supervise", "--once"],
      ["orchestrate", "status"],
      ["usage", "--by", "session"],
      ["cleanup", "--older-than", "0m", "--dry-run"],
      ["info"],
      // Errors.
      ["start", "nobody", "--headless", "--prompt", "x"],
      ["start", "broken", "--headless", "--prompt", "x"],
      ["lisst"],
      ["start", "--colour", "red"],
      ["logs", "no-such-run-of-any-kind"],
      ["allow", "dev", "https://not a host/"],
      ["budget", "set", "bottle:nope", "claude", "1M"],
      ["usage", "--since", "yesterday"],
      ["policy", "test", "/nonexistent"],
      ["supervise", "approve", "99"],
      ["wait", "no-such-run-of-any-kind"],
      ["worker", "--once"],
      ["worker", "--jobs"],
      ["orchestrate", "serve"],
      ["orchestrate", "start", "--issue", "1"],
      ["why-commit", "HEAD"],
      ["doctor", "--forge"],
      ["login"],
      ["login", "claude", "--file", "/nonexistent"],
      ["logout", "codex"],
      ["start", "implementer-of-long-names", "--enqueue", "--headless", "--prompt", "x"],
    ]
    for (const args of screens) {
      const { lines } = await run(...args)
      expect({ args, isEmpty: lines.join("") === "", wide: tooWide(lines, columns) }).toEqual({
        args,
        isEmpty: false,
        wide: [],
      })
    }
  },
  MANY_MS,
)

test.each(WIDTHS)("the questions of a start fit %p columns: short preflight, details, the summary", async (columns) => {
  await using host = await hostWithRuns()
  const { lines } = await runInTerminal([...CLI, "start", "implementer-of-long-names"], {
    columns,
    cwd: host.cwd,
    env: host.env,
    answers: [
      [/Start\?/, "d"],
      [/Details[\s\S]*Start\?/, "\r"],
    ],
  })
  expect(lines.join("\n")).toMatch(/implementer-of-long-names-\w{5} /)
  expect(tooWide(lines, columns)).toEqual([])
})

function tooWide(lines: readonly string[], columns: number): readonly string[] {
  // A single word, such as a path in a command to paste, stays whole.
  const isOneWord = (line: string) => /^\S+$/.test(line.trim())
  return lines.filter((line) => Bun.stringWidth(line.trimEnd()) > columns && !isOneWord(line))
}

/** `start`, `budget`, `budget set`, …: as they are typed. */
function pathsOf(
  command: ReturnType<typeof describeProgram>,
  path: readonly string[] = [],
): readonly (readonly string[])[] {
  return command.commands.flatMap((sub) => [[...path, sub.name()], ...pathsOf(sub, [...path, sub.name()])])
}

async function hostWithRuns() {
  const host = await openCliHost()
  const agent =
    'await ask(); await fetch("http://pkgs.example.com/", { proxy: "http://127.0.0.1:3128" }); await Bun.write("a.txt", "a")'
  await host.write(
    "bottles/dev.md",
    scriptBottle(
      agent,
      "egress: { routes: [{ host: registry.example.com, matches: [{ methods: [GET] }] }] }\nbudget: { claude: 2000000 }\n",
    ),
  )
  await host.write("agents/implementer-of-long-names.md", "---\nbottle: dev\n---\nAn agent of a test.\n")
  await host.write("agents/broken.md", "---\nbottle: dev\nskills: [\n---\n")
  for (const label of ["a-label-that-is-quite-long-for-a-table", "short"]) {
    const argv = ["start", "implementer-of-long-names", "--headless", "--prompt", "x", "--label", label]
    expect(await host.run(...argv)).toMatchObject({ exitCode: 0 })
  }
  return host
}
