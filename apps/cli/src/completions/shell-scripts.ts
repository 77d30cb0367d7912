// The completion script of each shell. Commands, flags and their fixed values stand in it; names
// of runs, agents and bottles are asked for when they are needed.
//
// Pure.

import type { DescribedCommand } from "./describe-commands.ts"
import { fishScript } from "./fish-script.ts"
import { bashScript, zshScript } from "./posix-scripts.ts"

export const SHELLS = ["bash", "zsh", "fish"] as const
export type Shell = (typeof SHELLS)[number]

export function isShell(text: string): text is Shell {
  return SHELLS.some((shell) => shell === text)
}

export function scriptFor(shell: Shell, commands: readonly DescribedCommand[]): string {
  switch (shell) {
    case "bash":
      return bashScript(commands)
    case "zsh":
      return zshScript(commands)
    case "fish":
      return fishScript(commands)
  }
}
