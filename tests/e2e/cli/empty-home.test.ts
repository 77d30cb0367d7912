// A command that only reads, before anything was ever set up: it gives its usual answer, and leaves
// nothing behind.

import { expect, test } from "bun:test"
import { readdirSync } from "node:fs"
import { mkdir } from "node:fs/promises"
import { join } from "node:path"
import { openTempFolder, runProgram } from "@bot-bottle/testkit"
import { CLI } from "./cli-host.ts"

const UNKNOWN = "bot-bottle: error: unknown run 'nobody'\nbot-bottle: hint: see 'bot-bottle list --all'\n"
const MISSING =
  "bot-bottle: error: missing required argument 'run'\n" +
  "bot-bottle: hint: a slug, a prefix of one, a label, or @last; see 'bot-bottle list --all'\n"

// biome-ignore format: a table
test.each([
  // command                      code  stdout                                                     stderr
  ["list",                        0,    "",                                                        "No running runs. --all includes finished ones.\n"],
  ["list --all",                  0,    "",                                                        "No runs yet.\n"],
  ["list --json",                 0,    "[]\n",                                                    ""],
  ["usage",                       0,    "",                                                        "No usage yet.\n"],
  ["audit",                       0,    "",                                                        "No audit entries yet.\n"],
  ["audit --json",                0,    "[]\n",                                                    ""],
  ["audit --verify",              0,    "audit intact: 0 rows\n",                                  ""],
  ["budget list --json",          0,    "[]\n",                                                    ""],
  ["supervise",                   0,    "",                                                        "Nobody waits for you.\n"],
  ["supervise --once",            0,    "",                                                        "Nobody waits for you.\n"],
  ["supervise --all",             0,    "",                                                        "No questions yet.\n"],
  ["wait",                        0,    "",                                                        "No parked runs.\n"],
  ["wait --once",                 0,    "",                                                        ""],
  ["cleanup --json",              0,    expect.any(String),                                        ""],
  ["cleanup --dry-run",           0,    expect.any(String),                                        expect.any(String)],
  ["orchestrate status",          0,    "",                                                        "No active forge runs. --all includes the others.\n"],
  ["info",                        0,    "",                                                        "bot-bottle: there are no agents and no bottles yet: bot-bottle setup\n"],
  ["info nobody",                 1,    "",                                                        "bot-bottle: error: no agent, bottle or run is called 'nobody'\nbot-bottle: hint: run 'bot-bottle init' for a first agent and bottle\n"],
  ["doctor --json",               0,    expect.any(String),                                        ""],
  ["login --list",                0,    "",                                                        "No logins yet. To save one: bot-bottle login claude\n"],
  ["logs nobody",                 1,    "",                                                        UNKNOWN],
  ["logs nobody --egress",        1,    "",                                                        UNKNOWN],
  ["diff nobody",                 1,    "",                                                        UNKNOWN],
  ["why nobody",                  1,    "",                                                        UNKNOWN],
  ["wait nobody",                 1,    "",                                                        UNKNOWN],
  ["policy propose nobody",       1,    "",                                                        UNKNOWN],
  ["attach nobody",               1,    "",                                                        UNKNOWN],
  ["exec nobody -- ls",           1,    "",                                                        UNKNOWN],
  ["apply nobody",                1,    "",                                                        UNKNOWN],
  ["kill nobody",                 1,    "",                                                        UNKNOWN],
  ["reload nobody",               1,    "",                                                        UNKNOWN],
  ["logs",                        2,    "",                                                        MISSING],
  ["diff",                        2,    "",                                                        MISSING],
  ["completions names:runs",      0,    "",                                                        ""],
] as const)("in an empty home, '%s' answers and leaves nothing", async (command, exitCode, stdout, stderr) => {
  await using home = await openEmptyHome()
  const result: unknown = await home.run(...command.split(" "))
  expect(result).toEqual({ exitCode, stdout, stderr })
  expect(home.left()).toEqual(["project"])
})

test("in an empty home, a command that writes makes the host folder, and reading sees it from then on", async () => {
  await using home = await openEmptyHome()
  const before = await home.run("budget", "list", "--json")
  const set = await home.run("budget", "set", "host", "claude", "5M")
  const after = await home.run("budget", "list", "--json")
  expect([before.stdout, set.exitCode, JSON.parse(after.stdout).length]).toEqual(["[]\n", 0, 1])
  expect(home.left()).toEqual(["project", "root"])
})

test("a host folder that can never be made is named by a command that only reads as well", async () => {
  await using home = await openEmptyHome()
  await Bun.write(join(home.path, "file"), "")
  const env = { BOT_BOTTLE_HOME: join(home.path, "file", "root") }
  const { exitCode, stderr } = await runProgram([...CLI, "list"], { cwd: home.path, env })
  expect([exitCode, stderr]).toEqual([1, expect.stringContaining("a file is in the way")])
})

/** The host folder is not made. `HOME` is not given: Bun keeps a cache of its own there. */
async function openEmptyHome() {
  const folder = await openTempFolder()
  const cwd = join(folder.path, "project")
  await mkdir(cwd)
  return {
    path: folder.path,
    run: (...args: readonly string[]) => {
      const env = { BOT_BOTTLE_HOME: join(folder.path, "root") }
      return runProgram([...CLI, ...args], { cwd, env })
    },
    left: () => readdirSync(folder.path).toSorted(),
    [Symbol.asyncDispose]: () => folder[Symbol.asyncDispose](),
  }
}
