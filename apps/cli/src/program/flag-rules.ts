// Flags that say something only beside another flag, and pairs that contradict each other. A flag
// without an effect is an error, before the command's code is loaded.

import { OperatorProblem } from "@bot-bottle/contracts"
import type { Command } from "commander"

type Rule = readonly [command: string, flag: string, ...others: readonly string[]]

/** The flag needs one of the others. */
export const NEEDS: readonly Rule[] = [
  ["login", "--json", "--list"],
  ["worker", "--json", "--jobs"],
  ["worker", "--api", "--repo"],
  ["worker", "--org", "--repo"],
  ["worker", "--max-runs", "--repo"],
  ["worker", "--watchdog-timeout", "--repo"],
  ["kill", "--yes", "--delete"],
  ["edit", "--yes", "--adopt"],
  ["start", "--wants", "--enqueue"],
  ["policy propose", "--yes", "--write"],
  ["doctor", "--api", "--forge"],
  ["doctor", "--repo", "--forge"],
  ["doctor", "--org", "--forge"],
]

/** The flag excludes each of the others. */
export const EXCLUDES: readonly Rule[] = [
  ["login", "--list", "--stdin", "--file", "--name"],
  ["login", "--stdin", "--file"],
  ["worker", "--jobs", "--once", "--labels", "--cancel", "--repo"],
  ["worker", "--cancel", "--once", "--labels", "--repo"],
  ["edit", "--adopt", "--bottle"],
  ["doctor", "--probe", "--forge"],
  ["diff", "--stat", "--name-only"],
  ["diff", "--json", "--stat", "--name-only"],
  ["apply", "--commits", "--include-protected", "--ignored"],
  ["usage", "--json", "--csv"],
  ["policy propose", "--json", "--write"],
]

export function applyFlagRules(program: Command): void {
  for (const [path, flag, ...others] of NEEDS)
    findCommand(program, path).hook("preAction", (command) => {
      if (isGiven(command, flag) && !others.some((other) => isGiven(command, other)))
        throw problem(`${flag} needs ${others.join(" or ")}`, path)
    })
  for (const [path, flag, ...others] of EXCLUDES)
    findCommand(program, path).hook("preAction", (command) => {
      const other = isGiven(command, flag) ? others.find((one) => isGiven(command, one)) : undefined
      if (other !== undefined) throw problem(`${flag} and ${other} exclude each other`, path)
    })
}

function findCommand(program: Command, path: string): Command {
  const found = path
    .split(" ")
    .reduce<Command | undefined>((at, name) => at?.commands.find((each) => each.name() === name), program)
  if (found === undefined) throw new Error(`there is no command '${path}'`)
  return found
}

/** On the command line: a default says nothing. */
function isGiven(command: Command, flag: string): boolean {
  const option = command.options.find(({ long }) => long === flag)
  if (option === undefined) throw new Error(`'${command.name()}' has no flag ${flag}`)
  return command.getOptionValueSource(option.attributeName()) === "cli"
}

function problem(message: string, path: string): OperatorProblem {
  return new OperatorProblem(message, { exitCode: 2, hint: `see 'bot-bottle ${path} --help'` })
}
