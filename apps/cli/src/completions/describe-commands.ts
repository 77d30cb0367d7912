// The command line as data for completions, read from the description that `--help` is made of.
//
// Pure.

import type { Command } from "commander"
import { AGENT_CHOICES } from "../program/choices.ts"

export interface DescribedCommand {
  readonly name: string
  readonly description: string
  readonly options: readonly DescribedOption[]
  /** The values of its first argument. */
  readonly argument: NameKind | readonly string[] | undefined
  readonly commands: readonly DescribedCommand[]
}

export interface DescribedOption {
  /** `--bottle`; the short form, where there is one, is left out. */
  readonly flag: string
  readonly description: string
  /** Undefined for a flag without a value; empty when nothing can be suggested. */
  readonly value: NameKind | readonly string[] | undefined
}

/** Names that are looked up while the operator types. */
export type NameKind = "runs" | "agents" | "bottles" | "manifests" | "scopes" | "questions"

/** Values that are looked up; fixed ones come from the option itself. */
const LOOKED_UP: Readonly<Record<string, NameKind>> = { "--bottle": "bottles" }
const ARGUMENTS: Readonly<Record<string, NameKind | readonly string[]>> = {
  run: "runs",
  scope: "scopes",
  question: "questions",
  agent: "agents",
  name: "manifests",
  shell: ["bash", "zsh", "fish"],
  kind: ["agent", "bottle"],
  provider: AGENT_CHOICES,
}

export function describeCommands(program: Command): readonly DescribedCommand[] {
  return program.commands.map((command) => {
    const [argument] = command.registeredArguments
    return {
      name: command.name(),
      description: command.description(),
      options: command.options
        .filter(({ long }) => long !== undefined)
        .map((option) => ({
          flag: option.long ?? "",
          description: option.description,
          value:
            option.required || option.optional ? (LOOKED_UP[option.long ?? ""] ?? option.argChoices ?? []) : undefined,
        })),
      argument: argument === undefined ? undefined : ARGUMENTS[argument.name()],
      commands: describeCommands(command),
    }
  })
}
