// How a command is described: its group in the help, an example each, values that both the
// command line and the completions check, and the run it names.

import { OperatorProblem, type Slug } from "@bot-bottle/contracts"
import { type Command, Option } from "commander"
import type { Host } from "../host.ts"
import { wrapCommand } from "../terminal/wrap-command.ts"

export type Group = "Start" | "Runs" | "Policy" | "Forge" | "Budgets and records" | "This host"

/** The argument of every command that takes a run; completions know it by this name. */
export const RUN = "[run]"

export interface CommandList {
  readonly host: Host
  /** Follows `--` on the command line. */
  readonly passthrough: readonly string[]
  add(group: Group, usage: string, description: string, example: string): Command
  addTo(parent: Command, usage: string, description: string, example: string): Command
  /** An action: its exit code becomes the program's. */
  does<Args extends unknown[]>(run: (...args: Args) => Promise<number>): (...args: Args) => Promise<void>
  /** An action on one run, named in any of the ways that `choose-run` knows. */
  doesOnRun<Flags>(
    options: RunOptions<Flags>,
    run: (slug: Slug, flags: Flags) => Promise<number>,
  ): (name: string | undefined, flags: Flags) => Promise<void>
}

export interface RunOptions<Flags> {
  /** Offer only runs that are running. */
  readonly live: boolean
  /** Throws OperatorProblem for flags that are wrong whatever the run; called before any state is read. */
  readonly check?: (name: string | undefined, flags: Flags) => Promise<void>
}

function exampleText(example: string, width: number): string {
  return ["", "Example:", ...wrapCommand(example, { width, indent: 2 })].join("\n")
}

/** Commander keeps them as text of the help only. */
const EXAMPLES = new WeakMap<Command, string>()

export function exampleOf(command: Command): string | undefined {
  return EXAMPLES.get(command)
}

export interface CommandListOptions {
  readonly host: Host
  readonly passthrough: readonly string[]
  readonly onExit: (code: number) => void
}

export function createCommandList(program: Command, { host, passthrough, onExit }: CommandListOptions): CommandList {
  const addTo = (parent: Command, usage: string, description: string, example: string) => {
    const command = parent.command(usage).description(description).allowExcessArguments(false)
    EXAMPLES.set(command, example)
    return command.addHelpText("after", () => exampleText(example, host.screen.width))
  }
  return {
    host,
    passthrough,
    addTo,
    add: (group, usage, description, example) => addTo(program, usage, description, example).helpGroup(`${group}:`),
    does:
      (run) =>
      async (...args) =>
        onExit(await run(...args)),
    doesOnRun: (options, run) => async (name, flags) => {
      await options.check?.(name, flags)
      const { chooseRun } = await import("../choose-run/choose-run.ts")
      const slug = await chooseRun(host, name, options)
      onExit(slug === undefined ? 0 : await run(slug, flags))
    },
  }
}

/** An option with a fixed set of values: `--help` lists them, completions offer them. */
export function choice(flags: string, description: string, values: readonly string[]): Option {
  const option = new Option(flags, description).choices(values)
  return option.argParser((value: string) => readChoice(`${option.long}`, value, values))
}

/** The same for an argument. `unlisted` begins values of our own scripts, which nobody is offered. */
export function argumentChoice(
  command: Command,
  name: string,
  values: readonly string[],
  { unlisted }: { readonly unlisted?: string } = {},
): Command {
  const argument = command.registeredArguments.find((one) => one.name() === name)
  if (argument === undefined) throw new Error(`'${command.name()}' has no argument '${name}'`)
  argument
    .choices(values)
    .argParser((value: string) =>
      unlisted !== undefined && value.startsWith(unlisted) ? value : readChoice(name, value, values),
    )
  return command
}

function readChoice(name: string, value: string, values: readonly string[]): string {
  if (values.includes(value)) return value
  // A colon at the end begins values that no list can hold.
  const shown = values.map((one) => (one.endsWith(":") ? `${one}NAME` : one))
  throw new OperatorProblem(`invalid ${name} '${value}'`, { exitCode: 2, hint: `use ${shown.join(", ")}` })
}

/** For an option that may be given several times; the order is kept. */
export function collect(value: string, earlier: readonly string[] = []): readonly string[] {
  return [...earlier, value]
}
