// The scripts as a shell reads them: sourced, and asked what may come next.

import { expect, test } from "bun:test"
import { chmodSync } from "node:fs"
import { join } from "node:path"
import { openTempFolder, runProgram } from "@bot-bottle/testkit"
import { Command, Option } from "commander"
import { describeCommands } from "./describe-commands.ts"
import { SHELLS, scriptFor } from "./shell-scripts.ts"

// biome-ignore format: a table
test.each([
  // typed, before the cursor                what may come
  ["bot-bottle ",                            ["--help", "--version", "budget", "logs", "start"]],
  ["bot-bottle st",                          ["start"]],
  ["bot-bottle start ",                      ["--bottle", "--detach", "--help", "--shutdown", "implementer", "reviewer"]],
  ["bot-bottle start rev",                   ["reviewer"]],
  ["bot-bottle start --bottle ",             ["dev"]],
  ["bot-bottle start --detach --shutdown k", ["kill"]],
  ["bot-bottle budget ",                     ["--help", "set"]],
  ["bot-bottle budget set --window w",       ["week"]],
  ["bot-bottle logs mi",                     ["mine-00000"]],
  ["bot-bottle logs x --follow ",            ["--follow", "--help", "mine-00000", "other-00000"]],
  ["bot-bottle nothing ",                    ["--help", "--version", "budget", "logs", "start"]],
] as const)("bash, after %j: %j", async (typed, expected) => {
  await using folder = await openTempFolder()
  expect(await completeInBash(folder.path, typed)).toEqual([...expected])
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
    `#!/bin/sh\ncase "$2" in names:runs) echo mine-00000; echo other-00000 ;; names:agents) echo reviewer; echo implementer ;; names:bottles) echo dev ;; esac\n`,
  )
  chmodSync(double, 0o755)
  const words = typed.split(" ")
  const script = `${scriptFor("bash", describeCommands(program()))}
COMP_WORDS=(${words.map((word) => `'${word}'`).join(" ")}); COMP_CWORD=${words.length - 1}
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
    .addOption(new Option("--shutdown <policy>", "policy").choices(["cutoff", "freeze", "kill"]))
    .option("--detach", "background")
  top.command("logs [run]").description("what it's written").option("-f, --follow", "follow")
  top
    .command("budget")
    .description("limits")
    .command("set <scope>")
    .addOption(new Option("--window <window>", "window").choices(["day", "week"]))
  return top
}
