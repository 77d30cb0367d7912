// The shape of the command line: which commands and flags exist, what their help says. A
// command's code is loaded when it runs, so that `--help` costs nothing it does not show.

import { OperatorProblem } from "@bot-bottle/contracts"
import { Command, CommanderError } from "commander"
import manifest from "../package.json" with { type: "json" }
import type { Host } from "./host.ts"

/** The exit code. Throws OperatorProblem, with exit code 2 when the command line itself is wrong. */
export async function runProgram(argv: readonly string[], host: Host): Promise<number> {
  const { own, passthrough } = splitPassthrough(argv)
  let exitCode = 0
  const does =
    <Args extends unknown[]>(run: (...args: Args) => Promise<number>) =>
    async (...args: Args) => {
      exitCode = await run(...args)
    }
  const program = describeProgram(host, passthrough, does)

  if (own.length === 0 && passthrough === undefined) {
    program.outputHelp()
    return 0
  }
  if (passthrough !== undefined && !PASSING_ON.includes(own[0] ?? "")) {
    throw new OperatorProblem(`nothing may follow -- after '${own[0] ?? ""}'`, {
      exitCode: 2,
      hint: "only 'start', 'resume' and 'exec' pass arguments on",
    })
  }
  try {
    await program.parseAsync([...own], { from: "user" })
    return exitCode
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error
    if (error.exitCode === 0) return 0
    throw usageProblem(error, addressed(program, own))
  }
}

/** What follows `--` is the agent's, or the command that is to run beside it. */
const PASSING_ON: readonly string[] = ["start", "resume", "exec"]

type Does = <Args extends unknown[]>(run: (...args: Args) => Promise<number>) => (...args: Args) => Promise<void>

function describeProgram(host: Host, passthrough: readonly string[] | undefined, does: Does): Command {
  const program = new Command("bot-bottle")
    .description("Run any coding agent as if it might be compromised and had your credit card.")
    .version(manifest.version, "--version", "print the version")
    .helpOption("-h, --help", "print this help")
    .helpCommand(false)
    .exitOverride()
    // Commander's own error text is dropped: main.ts words every error the same way.
    .configureOutput({ writeErr: () => {}, outputError: () => {} })
    .addHelpText("after", "\nExample:\n  bot-bottle demo")

  const add = (usage: string, description: string, example: string) =>
    program
      .command(usage)
      .description(description)
      .allowExcessArguments(false)
      .addHelpText("after", `\nExample:\n  ${example}`)

  add(
    "start [agent]",
    "launch an agent in a bottle",
    "bot-bottle start implementer --headless --prompt 'fix the failing test'",
  )
    .option("--headless", "no questions; needs --prompt")
    .option("--prompt <text>", "what the agent is to do")
    .option("--bottle <name>", "bottle to compose, in merge order (repeatable)", collect)
    .option("--label <text>", "name of the run, at most 64 bytes")
    .option("--color <name>", "color of the label: one of the 16 ANSI names")
    .option("--backend <name>", "what isolates: bwrap or docker")
    .option("--image <name>", "with docker: an image the engine has, or the path of a Dockerfile")
    .option("--budget <tokens>", "budget of this run: claude=2M,codex=500k, or one number")
    .option("--shutdown <policy>", "when the budget is gone: cutoff, freeze or kill")
    .option("--cwd", "copy the current directory into the bottle's workspace")
    .option("--workspace <mode>", "copy: as --cwd; bind: the agent works in the current directory itself")
    .option("--detach", "run in the background; join it with 'attach'")
    .option("--dry-run", "show what would be launched, launch nothing")
    .usage("[options] [agent] [-- agent arguments]")
    .action(
      does(async (agent: string | undefined, flags) =>
        (await import("./commands/start.ts")).runStart(host, { ...flags, agent, agentArguments: passthrough ?? [] }),
      ),
    )
  add(
    "resume <slug>",
    "go on with a frozen, ended or crashed run",
    "bot-bottle resume implementer-abc12 --headless --prompt 'go on'",
  )
    .option("--headless", "no questions; needs --prompt")
    .option("--prompt <text>", "what the agent is to do next")
    .option("--budget <tokens>", "budget of this run from now on: claude=2M,codex=500k, or one number")
    .option("--shutdown <policy>", "when the budget is gone: cutoff, freeze or kill")
    .option("--detach", "run in the background; join it with 'attach'")
    .option("--dry-run", "show what would be launched, launch nothing")
    .usage("[options] <slug> [-- agent arguments]")
    .action(
      does(async (slug: string, flags) =>
        (await import("./commands/resume.ts")).runResume(host, { ...flags, slug, agentArguments: passthrough ?? [] }),
      ),
    )
  add("attach <slug>", "join a run in the background", "bot-bottle attach implementer-abc12").action(
    does(async (slug: string) => (await import("./commands/attach.ts")).runAttach(host, slug)),
  )
  add("exec <slug>", "run a command inside a run's bottle", "bot-bottle exec implementer-abc12 -- git status")
    .usage("<slug> -- <command> [arguments]")
    .action(does(async (slug: string) => (await import("./commands/exec.ts")).runExec(host, slug, passthrough ?? [])))
  add("list", "runs, newest first", "bot-bottle list --all --json")
    .option("--all", "ended and killed runs as well")
    .option("--json", "machine-readable")
    .action(does(async (flags) => (await import("./commands/list.ts")).runList(host, flags)))
  add("usage", "tokens used, as the provider billed them", "bot-bottle usage --by model --since 7d")
    .option("--by <key>", "run, agent, bottle, provider, model or day", "run")
    .option("--since <age>", "only what settled since then: 90m, 12h, 7d, 2w or a date")
    .option("--json", "machine-readable")
    .option("--csv", "comma-separated, with a header line")
    .action(does(async (flags) => (await import("./commands/usage.ts")).runUsage(host, flags)))

  const budget = add("budget", "limits in tokens: list, set, unset, reset", "bot-bottle budget set host claude 5M")
  const addBudget = (usage: string, description: string, example: string) =>
    budget
      .command(usage)
      .description(description)
      .allowExcessArguments(false)
      .addHelpText("after", `\nExample:\n  ${example}`)
  addBudget("list", "every limit and what is used of it", "bot-bottle budget list --json")
    .option("--json", "machine-readable")
    .action(does(async (flags) => (await import("./commands/budget.ts")).runBudgetList(host, flags)))
  addBudget(
    "set <scope> <provider> <tokens>",
    "set a limit for host, bottle:NAME, agent:NAME or run:SLUG",
    "bot-bottle budget set agent:implementer claude 2M",
  )
    .option("--window <window>", "total, hour, day, week or month")
    .action(
      does(async (...[scope, provider, tokens, flags]) =>
        (await import("./commands/budget.ts")).runBudgetSet(host, { scope, provider, tokens, ...flags }),
      ),
    )
  addBudget("unset <scope> <provider>", "remove a limit that was set", "bot-bottle budget unset host claude").action(
    does(async (scope, provider) => (await import("./commands/budget.ts")).runBudgetUnset(host, { scope, provider })),
  )
  addBudget("reset [scope] [provider]", "reset the counters", "bot-bottle budget reset agent:implementer claude")
    .option("--all", "every scope, without a question")
    .action(
      does(async (scope, provider, flags) =>
        (await import("./commands/budget.ts")).runBudgetReset(host, { scope, provider, ...flags }),
      ),
    )

  add(
    "cutoff <slug>",
    "close a run's egress at once; the agent keeps running",
    "bot-bottle cutoff implementer-abc12",
  ).action(does(async (slug: string) => (await import("./commands/cutoff.ts")).runCutoff(host, slug)))
  add("restore <slug>", "open a run's egress again after a cutoff", "bot-bottle restore implementer-abc12").action(
    does(async (slug: string) => (await import("./commands/restore.ts")).runRestore(host, slug)),
  )
  add(
    "reload <slug>",
    "give a running run what manifests, settings and credentials say now",
    "bot-bottle reload implementer-abc12",
  ).action(does(async (slug: string) => (await import("./commands/reload.ts")).runReload(host, slug)))
  add("freeze <slug>", "stop a run so that it can be resumed", "bot-bottle freeze implementer-abc12")
    .alias("commit")
    .action(does(async (slug: string) => (await import("./commands/freeze.ts")).runFreeze(host, slug)))
  add("kill <slug>", "end a run and everything in its bottle", "bot-bottle kill implementer-abc12").action(
    does(async (slug: string) => (await import("./commands/kill.ts")).runKill(host, slug)),
  )
  add("logs <slug>", "what a run's agent wrote, or what its egress did", "bot-bottle logs -f implementer-abc12")
    .option("-f, --follow", "go on until the run ends")
    .option("--egress", "requests that were refused and forwarded, instead")
    .option("--raw", "the agent's own escape sequences, also on a terminal")
    .option("--json", "with --egress: the events as they were written")
    .action(does(async (slug: string, flags) => (await import("./commands/logs.ts")).runLogs(host, slug, flags)))
  add("diff <slug>", "what the agent changed in its workspace copy", "bot-bottle diff implementer-abc12 --stat")
    .option("--stat", "counts instead of lines")
    .option("--name-only", "names of what changed")
    .option("--ignored", "also new files that the project's ignore rules leave out")
    .option("--json", "machine-readable")
    .action(does(async (slug: string, flags) => (await import("./commands/diff.ts")).runDiff(host, slug, flags)))
  add("apply <slug>", "bring the agent's changes back, after review", "bot-bottle apply implementer-abc12")
    .option("--yes", "do not ask")
    .option("--commits", "bring the agent's commits as a branch, and no files")
    .option("--include-protected", "also what would make the host run something: hooks, editor and agent settings")
    .option("--ignored", "also new files that the project's ignore rules leave out")
    .action(does(async (slug: string, flags) => (await import("./commands/apply.ts")).runApply(host, slug, flags)))
  add("audit", "enforcement and budget changes, hash-chained", "bot-bottle audit --verify")
    .option("--verify", "prove that nothing was altered or removed")
    .option("--json", "machine-readable")
    .action(does(async (flags) => (await import("./commands/audit.ts")).runAudit(host, flags)))
  add("init", "create the host folder with a first agent and bottle", "bot-bottle init").action(
    does(async () => (await import("./commands/init.ts")).runInit(host)),
  )
  add("info <name>", "a manifest as resolved, with where each value came from", "bot-bottle info implementer")
    .option("--json", "machine-readable")
    .action(does(async (name: string, flags) => (await import("./commands/info.ts")).runInfo(host, name, flags)))
  add("doctor", "check what bot-bottle needs, with the command that mends each failure", "bot-bottle doctor --json")
    .option("--probe", "launch a throwaway bottle and try its walls from inside")
    .option("--json", "machine-readable")
    .action(
      does(async (flags) =>
        flags.probe
          ? (await import("./commands/doctor-probe.ts")).runDoctorProbe(host, flags)
          : (await import("./commands/doctor.ts")).runDoctor(host, flags),
      ),
    )
  add("cleanup", "what dead and old runs left behind, over all backends", "bot-bottle cleanup --dry-run")
    .option("--yes", "do not ask")
    .option("--dry-run", "show the plan, remove nothing")
    .option("--json", "machine-readable")
    .action(does(async (flags) => (await import("./commands/cleanup.ts")).runCleanup(host, flags)))
  add("edit <name>", "open an agent or a bottle in your editor, and check it afterwards", "bot-bottle edit dev")
    .option("--bottle", "the bottle, when an agent has the name as well")
    .action(does(async (name: string, flags) => (await import("./commands/edit.ts")).runEdit(host, name, flags)))
  add(
    "completions <shell>",
    "for bash, zsh or fish",
    "bot-bottle completions bash > ~/.local/share/bash-completion/completions/bot-bottle",
  ).action(
    does(async (shell: string) => (await import("./commands/completions.ts")).runCompletions(host, shell, program)),
  )
  add("demo", "see it work: no keys, no network, ten seconds", "bot-bottle demo").action(
    does(async () => (await import("./commands/demo.ts")).runDemo(host)),
  )
  return program
}

/** What stands after the first `--` is the agent's; undefined when there is no `--`. */
function splitPassthrough(argv: readonly string[]): {
  readonly own: readonly string[]
  readonly passthrough: readonly string[] | undefined
} {
  const at = argv.indexOf("--")
  return at < 0 ? { own: argv, passthrough: undefined } : { own: argv.slice(0, at), passthrough: argv.slice(at + 1) }
}

function usageProblem(error: CommanderError, command: Command): OperatorProblem {
  const help = `see '${pathOf(command)} --help'`
  if (error.code === "commander.help") {
    const names = command.commands.map((sub) => sub.name()).join(", ")
    return new OperatorProblem(`'${command.name()}' needs one of: ${names}`, { exitCode: 2, hint: help })
  }
  const [message = "", suggestion] = error.message.replace(/^error: /, "").split("\n")
  const excess = /^too many arguments for '(.+)'\. Expected (\d+) arguments? but got (\d+): (.+)\.$/.exec(message)
  if (excess !== null) {
    const [, name, expected, , got] = excess
    const takes = expected === "0" ? "none" : expected
    return new OperatorProblem(`too many arguments for '${name}': it takes ${takes}, and got ${got}`, {
      exitCode: 2,
      hint: help,
    })
  }
  const guess = suggestion?.match(/^\(Did you mean (.*)\?\)$/)?.[1]
  return new OperatorProblem(message, { exitCode: 2, hint: guess === undefined ? help : `did you mean '${guess}'?` })
}

function pathOf(command: Command): string {
  return command.parent === null ? command.name() : `${pathOf(command.parent)} ${command.name()}`
}

/** The command the arguments name, as deep as they name one. */
function addressed(program: Command, argv: readonly string[]): Command {
  const [name, ...rest] = argv
  const sub = program.commands.find((command) => command.name() === name)
  return sub === undefined ? program : addressed(sub, rest)
}

function collect(value: string, earlier: readonly string[] = []): readonly string[] {
  return [...earlier, value]
}
