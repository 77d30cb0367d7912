// The shape of the command line: which commands and flags exist, what their help says. A
// command's code is loaded when it runs, so that `--help` costs nothing it does not show.

import { existsSync } from "node:fs"
import { join } from "node:path"
import { OperatorProblem } from "@bot-bottle/contracts"
import { type Command, CommanderError, Help } from "commander"
import manifest from "../../package.json" with { type: "json" }
import type { Host } from "../host.ts"
import { wrapProse } from "../terminal/wrap-text.ts"
import { AGENT_CHOICES } from "./choices.ts"
import { type CommandListOptions, createCommandList, exampleOf } from "./command-list.ts"
import { furtherHelp } from "./environment.ts"
import { applyFlagRules } from "./flag-rules.ts"
import { addForgeCommands } from "./forge-commands.ts"
import { addHostCommands } from "./host-commands.ts"
import { OwnCommand } from "./own-command.ts"
import { addPolicyCommands } from "./policy-commands.ts"
import { addRunCommands } from "./run-commands.ts"
import { addStartCommands } from "./start-commands.ts"

/** The exit code. Throws OperatorProblem, with exit code 2 when the command line itself is wrong. */
export async function runProgram(argv: readonly string[], host: Host): Promise<number> {
  const [first, ...others] = argv
  const harness = AGENT_CHOICES.find((name) => name === first)
  if (harness !== undefined) return (await import("../commands/start/harness.ts")).runHarness(host, harness, others)
  const { own: typed, passthrough } = splitPassthrough(argv)
  const own = expandWord(typed)
  let exitCode = 0
  const program = createProgram({
    host,
    passthrough: passthrough ?? [],
    onExit: (code) => {
      exitCode = code
    },
  })

  if (own.length === 0 && passthrough === undefined) {
    if (existsSync(join(host.env.root, "agents"))) program.outputHelp()
    else for (const line of WELCOME) host.screen.print(host.screen.called(line))
    return 0
  }
  // Elsewhere `--` ends the flags, and arguments follow.
  const endsFlags = passthrough !== undefined && !PASSES_ON.includes(own[0] ?? "")
  if (endsFlags && addressed(program, own).registeredArguments.length === 0) {
    throw new OperatorProblem(`'${own[0] ?? ""}' takes no arguments after '--'`, {
      exitCode: 2,
      hint: `only ${PASSES_ON.join(", ")} pass arguments on`,
    })
  }
  checkNamed(program, own)
  try {
    await program.parseAsync(endsFlags ? [...own, "--", ...passthrough] : [...own], { from: "user" })
    return exitCode
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error
    if (error.exitCode === 0) return 0
    throw usageProblem(error, addressed(program, own))
  }
}

/** They hand what follows `--` to the agent, or run it beside the agent. */
const PASSES_ON: readonly string[] = ["start", "resume", "exec"]

/** The command line to look at; its actions cannot run. */
export function describeProgram(): Command {
  const nowhere: unknown = new Proxy({}, { get: () => nowhere })
  return createProgram({ host: nowhere as Host, passthrough: [], onExit: () => {} })
}

function createProgram(options: CommandListOptions): Command {
  const program = new OwnCommand("bot-bottle")
    .description("Run any coding agent as if it might be compromised and had your credit card.")
    .version(manifest.version, "--version", "print the version")
    .helpOption("-h, --help", "print this help")
    .helpCommand(false)
    .configureHelp({
      // Commander's own 'help' of a command with subcommands is taken, and says what '--help' says.
      visibleCommands: (command) => new Help().visibleCommands(command).filter((sub) => sub.name() !== "help"),
      subcommandTerm: (command) => termOf(command),
      commandUsage: (command) => usageLines(command, options.host.screen.width),
      minWidthToWrap: MIN_WIDTH_TO_WRAP,
      // Its own leaves words that are wider than the column.
      boxWrap: (text, width) => Bun.wrapAnsi(text, width, { hard: true, trim: true }),
    })
    .exitOverride()
    // main.ts words every error the same way, so commander's own text is dropped.
    .configureOutput({
      writeOut: (text) => options.host.screen.write(options.host.screen.called(text)),
      writeErr: () => {},
      outputError: () => {},
    })
    .addHelpText("after", () => furtherHelp(options.host.screen.width))
  const commands = createCommandList(program, options)
  addStartCommands(commands)
  addRunCommands(commands)
  addPolicyCommands(commands)
  addForgeCommands(commands)
  addHostCommands(commands)
  applyFlagRules(program)
  return program
}

/** Of the column of descriptions: commander lets it overflow below. */
const MIN_WIDTH_TO_WRAP = 10

/** For a host where nothing is set up yet. */
const WELCOME = [
  "bot-bottle runs a coding agent in a bottle that it cannot change: no key inside,",
  "listed hosts only, every token counted, cut off when its budget is gone.",
  "",
  "  bot-bottle demo     see it work in ten seconds: no keys, no network",
  "  bot-bottle setup    set this host up in three questions",
  "  bot-bottle --help   every command",
]

/** Splits at the first `--`; `passthrough` is undefined when there is none. */
function splitPassthrough(argv: readonly string[]): {
  readonly own: readonly string[]
  readonly passthrough: readonly string[] | undefined
} {
  const at = argv.indexOf("--")
  return at < 0 ? { own: argv, passthrough: undefined } : { own: argv.slice(0, at), passthrough: argv.slice(at + 1) }
}

/** Commander's second line is its guess, in parentheses. */
function usageProblem(error: CommanderError, command: Command): OperatorProblem {
  const help = `see '${pathOf(command)} --help'`
  const example = exampleOf(command)
  if (error.code === "commander.help") {
    const names = command.commands.map((sub) => sub.name()).join(", ")
    return new OperatorProblem(`'${command.name()}' needs one of: ${names}`, { exitCode: 2, hint: help })
  }
  const [message = "", guess] = error.message.split("\n")
  return new OperatorProblem(message.startsWith("error: ") ? message.slice("error: ".length) : message, {
    exitCode: 2,
    hint:
      guess !== undefined
        ? guess.replace("(Did", "did").replace(")", "")
        : example !== undefined && ABOUT_ARGUMENTS.has(error.code)
          ? `for example: ${example}`
          : help,
  })
}

const ABOUT_ARGUMENTS: ReadonlySet<string> = new Set(["commander.missingArgument", "commander.excessArguments"])

/** Commander would print the help of what it knows for `nope --help`, as if that were a command. */
function checkNamed(program: Command, words: readonly string[]): void {
  if (!words.includes("--help") && !words.includes("-h")) return
  let command = program
  for (const name of words) {
    if (name.startsWith("-") || command.commands.length === 0) return
    const sub = findCommand(command, name)
    if (sub === undefined)
      throw new OperatorProblem(`unknown command '${name}'`, { exitCode: 2, hint: `see '${pathOf(command)} --help'` })
    command = sub
  }
}

/** `help start` and `version`, as other tools have them. */
function expandWord([word, ...rest]: readonly string[]): readonly string[] {
  if (word === "help") return [...rest, "--help"]
  if (word === "version" && rest.length === 0) return ["--version"]
  return word === undefined ? [] : [word, ...rest]
}

/** The command and its arguments; every command has options, so the list does not say it. */
function termOf(command: Command): string {
  const names = command.registeredArguments.map((argument) =>
    argument.required ? `<${argument.name()}>` : `[${argument.name()}]`,
  )
  return [command.name(), ...names].join(" ")
}

function usageLines(command: Command, width: number): string {
  const title = "Usage: "
  const lines = wrapProse(`${title}${pathOf(command)} ${command.usage()}`, { width, hang: title.length })
  return lines.join("\n").slice(title.length)
}

function pathOf(command: Command): string {
  return command.parent === null ? command.name() : `${pathOf(command.parent)} ${command.name()}`
}

/** The command the arguments name, as deep as they name one. */
function addressed(program: Command, argv: readonly string[]): Command {
  const [name, ...rest] = argv
  const sub = name === undefined ? undefined : findCommand(program, name)
  return sub === undefined ? program : addressed(sub, rest)
}

function findCommand(program: Command, name: string): Command | undefined {
  return program.commands.find((command) => command.name() === name || command.aliases().includes(name))
}
