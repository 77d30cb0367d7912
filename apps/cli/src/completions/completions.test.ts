// The scripts as a shell reads them: sourced, and asked what may come next.

import { expect, test } from "bun:test"
import { chmodSync } from "node:fs"
import { join } from "node:path"
import { openTempFolder, runProgram } from "@bot-bottle/testkit"
import { Command, Option } from "commander"
import { argumentChoice } from "../program/command-list.ts"
import { describeProgram } from "../program/program.ts"
import { describeCommands } from "./describe-commands.ts"
import { flatten } from "./flatten.ts"
import { SHELLS, scriptFor } from "./shell-scripts.ts"

// biome-ignore format: a table
test.each([
  // typed, before the cursor                    what may come
  ["bot-bottle ",                                ["--help", "--version", "budget", "exec", "logs", "new", "start", "wait"]],
  ["bot-bottle st",                              ["start"]],
  ["bot-bottle start ",                          ["--bottle", "--detach", "--help", "--prompt", "--shutdown", "implementer", "reviewer"]],
  ["bot-bottle start rev",                       ["reviewer"]],
  ["bot-bottle start reviewer rev",              []],
  ["bot-bottle start --bottle ",                 ["dev"]],
  ["bot-bottle start --bottle dev rev",          ["reviewer"]],
  ["bot-bottle start --bottle logs rev",         ["reviewer"]],
  ["bot-bottle start -p fix rev",                ["reviewer"]],
  ["bot-bottle start --detach --shutdown k",     ["kill"]],
  ["bot-bottle start --shutdown=k",              ["kill"]],
  ["bot-bottle exec mine-00000 -- st",           []],
  ["bot-bottle budget ",                         ["--help", "set"]],
  ["bot-bottle budget set ho",                   ["host"]],
  ["bot-bottle budget set bottle:d",             ["dev"]],
  ["bot-bottle budget set host c",               ["claude", "codex"]],
  ["bot-bottle budget set host claude h",        []],
  ["bot-bottle budget set --window w",           ["week"]],
  ["bot-bottle budget set --window week ho",     ["host"]],
  ["bot-bottle new bo",                          ["bottle"]],
  ["bot-bottle new bottle d",                    []],
  ["bot-bottle logs mi",                         ["mine-00000"]],
  ["bot-bottle logs x --follow --",              ["--follow", "--help"]],
  ["bot-bottle wait mine-00000 ot",              ["other-00000"]],
  ["bot-bottle nothing ",                        ["--help", "--version", "budget", "exec", "logs", "new", "start", "wait"]],
] as const)("bash, after %j: %j", async (typed, expected) => {
  await using folder = await openTempFolder()
  expect(await completeInBash(folder.path, typed)).toEqual([...expected])
})

test("every argument of every command is completed, but for the ones that are free text", () => {
  const free = flatten(describeCommands(describeProgram())).flatMap(([path, command]) =>
    command.arguments.flatMap(({ values }, at) => (values.length === 0 ? [`${path} ${at}`] : [])),
  )
  expect(free.sort()).toEqual(
    [
      // The agent's own, which knows them.
      "claude 0",
      "codex 0",
      "pi 0",
      // A name that is not taken yet, a port, an address, a number.
      "allow 1",
      "budget set 2",
      "deny 1",
      "forward 1",
      "new 1",
      "policy check 1",
      "supervise answer 0",
      "why-commit 0",
    ].sort(),
  )
})

test("every value of a flag is completed, but for the ones that are free text", () => {
  const withoutValues = flatten(describeCommands(describeProgram())).flatMap(([, { options }]) =>
    options.flatMap(({ flag, values }) => (values?.length === 0 ? [flag] : [])),
  )
  const free = [
    ["prompt", "reason", "label", "tag", "labels", "wants"],
    ["budget", "parallel", "requests-per-minute", "spend-per-minute", "tail", "max-runs", "issue", "pr"],
    ["since", "from", "older-than", "watchdog-timeout"],
    // Names on a forge, of a login, of a job: other hosts know them.
    ["api", "repo", "org", "listen", "name", "cancel"],
    // Of a request.
    ["path"],
  ].flat()
  expect([...new Set(withoutValues)].sort()).toEqual(free.map((name) => `--${name}`).sort())
})

test("a flag that no help shows is not completed", () => {
  expect(scriptFor("bash", describeCommands(describeProgram()))).not.toContain("--channel")
})

test("a name with blanks and quotes in a description breaks no script", async () => {
  for (const shell of SHELLS) expect(scriptFor(shell, describeCommands(program()))).not.toContain("undefined")
  const { exitCode, stderr } = await runProgram(["bash", "-n"], {
    stdin: scriptFor("bash", describeCommands(program())),
  })
  expect([exitCode, stderr]).toEqual([0, ""])
})

async function completeInBash(folder: string, typed: string): Promise<readonly string[]> {
  // Answers as the real one does; the real command line has its test in tests/e2e.
  const double = join(folder, "bot-bottle")
  await Bun.write(
    double,
    `#!/bin/sh\ncase "$2" in names:runs) echo mine-00000; echo other-00000 ;; names:agents) echo reviewer; echo implementer ;; names:bottles) echo dev ;; names:scopes) echo host; echo bottle:dev ;; names:providers) echo claude; echo codex ;; esac\n`,
  )
  chmodSync(double, 0o755)
  const script = `${scriptFor("bash", describeCommands(program()))}
COMP_WORDS=(bot-bottle); COMP_LINE='${typed}'; COMP_POINT=${typed.length}
_bot_bottle; printf '%s\\n' "\${COMPREPLY[@]}"`
  const { stdout, stderr } = await runProgram(["bash", "--norc", "-c", script], {
    env: { PATH: `${folder}:/usr/bin:/bin`, LC_ALL: "C" },
  })
  expect(stderr).toBe("")
  return stdout.split("\n").filter(Boolean)
}

function program(): Command {
  const top = new Command("bot-bottle")
  top
    .command("start [agent]")
    .description("launch the operator's agent")
    .option("--bottle <name>", "bottle")
    .option("-p, --prompt <text>", "prompt")
    .addOption(new Option("--shutdown <policy>", "policy").choices(["cutoff", "freeze", "kill"]))
    .option("--detach", "background")
  top.command("exec [run]").description("a command")
  top.command("logs [run]").description("what it's written").option("-f, --follow", "follow")
  top.command("wait [runs...]").description("wait")
  argumentChoice(top.command("new <kind> <name>").description("new"), "kind", ["agent", "bottle"])
  top
    .command("budget")
    .description("limits")
    .command("set <scope> <provider> <limit>")
    .addOption(new Option("--window <window>", "window").choices(["day", "week"]))
  return top
}
