// The command line as data for completions, read from the description that `--help` is made of.
//
// Pure.

import type { Command } from "commander"

export interface DescribedCommand {
  readonly name: string
  readonly description: string
  readonly options: readonly DescribedOption[]
  /** What its first argument may be. */
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
export type NameKind = "runs" | "agents" | "bottles" | "manifests"

const POLICIES = ["cutoff", "freeze", "kill"]
const COLORS = "black red green yellow blue magenta cyan white".split(" ")
const VALUES: Readonly<Record<string, NameKind | readonly string[]>> = {
  "--bottle": "bottles",
  "--shutdown": POLICIES,
  "--backend": ["bwrap", "docker"],
  "--color": [...COLORS, ...COLORS.map((name) => `bright-${name}`)],
  "--by": ["run", "agent", "bottle", "provider", "model", "day"],
  "--window": ["total", "hour", "day", "week", "month"],
}
const ARGUMENTS: Readonly<Record<string, NameKind | readonly string[]>> = {
  slug: "runs",
  agent: "agents",
  name: "manifests",
  shell: ["bash", "zsh", "fish"],
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
          value: option.required || option.optional ? (VALUES[option.long ?? ""] ?? []) : undefined,
        })),
      argument: argument === undefined ? undefined : ARGUMENTS[argument.name()],
      commands: describeCommands(command),
    }
  })
}
