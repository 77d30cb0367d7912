// Commands and their subcommands as one list, each with the words that lead to it. Pure.

import type { DescribedCommand } from "./describe-commands.ts"

/** `start`, `budget set` */
export function flatten(
  commands: readonly DescribedCommand[],
  before = "",
): readonly (readonly [path: string, command: DescribedCommand])[] {
  return commands.flatMap((command) => {
    const path = before === "" ? command.name : `${before} ${command.name}`
    return [[path, command] as const, ...flatten(command.commands, path)]
  })
}

/** `start/--bottle`, `start/-p`: the word that follows is the flag's, and not an argument. */
export function flagsWithValue(commands: readonly DescribedCommand[]): readonly string[] {
  return flatten(commands).flatMap(([path, { options }]) =>
    options.flatMap(({ flag, short, values }) =>
      values === undefined ? [] : [flag, ...(short === undefined ? [] : [short])].map((each) => `${path}/${each}`),
    ),
  )
}
