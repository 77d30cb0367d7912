// The command line as data for completions, read from the description that `--help` is made of.
//
// Pure. A fixed list of values is the option's or argument's own, the one that it is checked by.

import type { Argument, Command, Option } from "commander"
import type { NameKind } from "./name-kinds.ts"

export interface DescribedCommand {
  readonly name: string
  readonly description: string
  readonly options: readonly DescribedOption[]
  readonly arguments: readonly DescribedArgument[]
  readonly commands: readonly DescribedCommand[]
}

/** A kind of names to look up, or fixed values; none of them when nothing can be suggested. */
export type Values = NameKind | readonly string[]

export interface DescribedArgument {
  readonly values: Values
  /** It takes every further word. */
  readonly repeats: boolean
}

export interface DescribedOption {
  /** `--bottle` */
  readonly flag: string
  /** `-f` */
  readonly short: string | undefined
  readonly description: string
  /** Undefined for a flag without a value. */
  readonly values: Values | undefined
}

const METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]

/** By the placeholder in the help, of an argument as of an option. */
const BY_PLACEHOLDER: Readonly<Record<string, Values>> = {
  run: "runs",
  runs: "runs",
  "run-or-event": "runs",
  scope: "scopes",
  provider: "providers",
  question: "questions",
  agent: "agents",
  bottle: "bottles",
  target: "targets",
  method: METHODS,
  file: "files",
  path: "files",
}

/** Where the placeholder says too little. */
const BY_COMMAND: Readonly<Record<string, Values>> = { "info name": "subjects", "edit name": "editables" }
const BY_FLAG: Readonly<Record<string, Values>> = {
  "--bottle": "bottles",
  "--agent": "agents",
  "--method": METHODS,
  "--image": "files",
}

export function describeCommands(program: Command): readonly DescribedCommand[] {
  return program.commands.map((command) => ({
    name: command.name(),
    description: command.description(),
    options: command.options.filter(({ long, hidden }) => long !== undefined && !hidden).map(describeOption),
    arguments: command.registeredArguments.map((argument) => describeArgument(command.name(), argument)),
    commands: describeCommands(command),
  }))
}

function describeArgument(command: string, argument: Argument): DescribedArgument {
  const name = argument.name()
  const values = argument.argChoices ?? BY_COMMAND[`${command} ${name}`] ?? BY_PLACEHOLDER[name] ?? []
  return { values, repeats: argument.variadic }
}

function describeOption({ long = "", short, flags, description, required, optional, argChoices }: Option) {
  const placeholder = /<([^>]+)>/.exec(flags)?.[1] ?? ""
  const values = argChoices ?? BY_FLAG[long] ?? BY_PLACEHOLDER[placeholder] ?? []
  return { flag: long, short, description, values: required || optional ? values : undefined }
}
