// Commands around runs: budgets, records, manifests and this host.

import { isTagName, OperatorProblem, WINDOWS } from "@bot-bottle/contracts"
import type { Option } from "commander"
import { SHELLS } from "../completions/shell-scripts.ts"
import { AGENT_CHOICES, KIND_CHOICES, USAGE_CHOICES } from "./choices.ts"
import { argumentChoice, type CommandList, choice, collect } from "./command-list.ts"

export function addHostCommands(commands: CommandList): void {
  addBudgetCommands(commands)
  const { host, add, does } = commands
  add("Budgets and records", "usage", "tokens as the provider billed them", "bot-bottle usage --by model --since 7d")
    .addOption(usageKeyOption())
    .option("--since <age>", "only requests settled since then: 90m, 12h, 7d, 2w or a date")
    .option("--json", "machine-readable")
    .option("--csv", "comma-separated, with a header line")
    .action(does(async (flags) => (await import("../commands/records/usage.ts")).runUsage(host, flags)))
  add(
    "Budgets and records",
    "audit",
    "tamper-evident log of enforcement and budget changes",
    "bot-bottle audit --verify",
  )
    .option("--verify", "prove that nothing was altered or removed")
    .option("--json", "machine-readable")
    .action(does(async (flags) => (await import("../commands/records/audit.ts")).runAudit(host, flags)))

  add("This host", "setup", "set this host up in three questions", "bot-bottle setup")
    .addOption(choice("--agent <name>", "the agent you use", AGENT_CHOICES))
    .option("--budget <tokens>", "daily limit of each provider, for all runs together: 2M, or none")
    .option("--stdin", "read the key from stdin")
    .action(does(async (flags) => (await import("../commands/host/setup.ts")).runSetup(host, flags)))
  argumentChoice(
    add(
      "This host",
      "login [provider]",
      "keep a key or a subscription's token on this host",
      "bot-bottle login claude",
    ),
    "provider",
    AGENT_CHOICES,
  )
    .option("--name <account>", "one of several accounts")
    .option("--stdin", "read the key from stdin")
    .option("--file <file>", "use the login that the agent's own program keeps in this file")
    .option("--list", "show which logins there are")
    .option("--json", "with --list: machine-readable")
    .action(
      does(async (name: string | undefined, flags) =>
        (await import("../commands/host/login.ts")).runLogin(host, name, flags),
      ),
    )
  argumentChoice(
    add("This host", "logout <provider>", "remove a login from this host", "bot-bottle logout claude"),
    "provider",
    AGENT_CHOICES,
  )
    .option("--name <account>", "one of several accounts")
    .option("--yes", "do not ask")
    .action(
      does(async (name: string, flags) => (await import("../commands/host/login.ts")).runLogout(host, name, flags)),
    )
  add("This host", "init", "create the host folder with a first agent and bottle", "bot-bottle init").action(
    does(async () => (await import("../commands/host/init.ts")).runInit(host)),
  )
  argumentChoice(
    add("This host", "new <kind> <name>", "create a further agent or bottle", "bot-bottle new bottle web --from dev"),
    "kind",
    KIND_CHOICES,
  )
    .option("--bottle <name>", "new agent: the bottle it runs in")
    .option("--from <bottle>", "new bottle: the bottle it changes")
    .addOption(choice("--agent <name>", "new bottle: the agent it runs", AGENT_CHOICES))
    .action(
      does(async (kind: (typeof KIND_CHOICES)[number], name: string, flags) =>
        (await import("../commands/host/new.ts")).runNew(host, kind, name, flags),
      ),
    )
  add(
    "This host",
    "info [name]",
    "show the effective configuration of an agent, a bottle or a run, and its sources",
    "bot-bottle info implementer",
  )
    .option("--json", "machine-readable")
    .action(
      does(async (name: string | undefined, flags) =>
        (await import("../commands/host/info.ts")).runInfo(host, name, flags),
      ),
    )
  add(
    "This host",
    "edit <name>",
    "edit an agent, a bottle or the settings, and check the result",
    "bot-bottle edit dev",
  )
    .option("--bottle", "the bottle, when an agent has the same name")
    .option("--adopt", "name a run: write the routes that were approved while it ran into its bottle")
    .option("--yes", "with --adopt: do not ask")
    .action(does(async (name: string, flags) => (await import("../commands/host/edit.ts")).runEdit(host, name, flags)))
  add("This host", "worker", "run the jobs of a ledger that hosts share", "bot-bottle worker --labels gpu=yes")
    .option("--once", "end after one job, or at once when there is none")
    .option("--labels <labels>", "what this host offers besides arch and host: gpu=yes,zone=eu")
    .option("--api <url>", "with --repo: the forge's API, with /api/v1 (FORGE_GITEA_API)")
    .option("--repo <owner/name>", "also run issues of a repository, with the token in FORGE_TOKEN", collect)
    .option("--org <name>", "with --repo: whose members may start runs (FORGE_ORG, default bot-bottle)")
    .option("--max-runs <number>", "with --repo: runs of issues at once (default 2)")
    .option(
      "--watchdog-timeout <time>",
      "with --repo: freeze a run whose agent is silent so long (FORGE_WATCHDOG_TIMEOUT)",
    )
    .option("--jobs", "show the queue instead")
    .option("--cancel <id>", "cancel a job that nobody has taken")
    .option("--json", "with --jobs: machine-readable")
    .action(does(async (flags) => (await import("../commands/host/worker.ts")).runWorker(host, flags)))
  add("This host", "doctor", "check this host and suggest fixes", "bot-bottle doctor --probe")
    .option("--probe", "start a throwaway bottle and attack its isolation from inside")
    .option("--forge", "check a forge for 'orchestrate serve'")
    .option("--api <url>", "with --forge: the forge's API, with /api/v1 (FORGE_GITEA_API)")
    .option("--repo <owner/name>", "with --forge: the repository (FORGE_OWNER, FORGE_REPO)", collect)
    .option("--org <name>", "with --forge: whose members may start runs (FORGE_ORG)")
    .option("--json", "machine-readable")
    .action(
      does(async (flags) =>
        flags.probe
          ? (await import("../commands/host/doctor-probe.ts")).runDoctorProbe(host, flags)
          : (await import("../commands/host/doctor.ts")).runDoctor(host, flags),
      ),
    )
  add("This host", "cleanup", "remove leftovers of old runs", "bot-bottle cleanup --dry-run")
    .option("--older-than <age>", "ended runs from this age on, instead of 'keep_ended': 12h, 7d")
    .option("--yes", "do not ask")
    .option("--dry-run", "show the plan, remove nothing")
    .option("--json", "machine-readable")
    .action(does(async (flags) => (await import("../commands/host/cleanup.ts")).runCleanup(host, flags)))
  add("This host", "licenses", "the licenses of what this program holds", "bot-bottle licenses").action(
    does(async () => (await import("../commands/host/licenses.ts")).runLicenses(host)),
  )
  argumentChoice(
    add(
      "This host",
      "completions <shell>",
      "print the completions of bash, zsh or fish",
      "bot-bottle completions bash > ~/.local/share/bash-completion/completions/bot-bottle",
    ),
    "shell",
    SHELLS,
    { unlisted: "names:" },
  ).action(
    does(async (shell: string, _flags: object, command) =>
      (await import("../commands/host/completions.ts")).runCompletions(host, shell, command.parent),
    ),
  )
}

/** Also of a tag's name, which no list can hold. */
function usageKeyOption(): Option {
  const option = choice("--by <key>", "how to split it; tag:NAME by a tag of the runs", USAGE_CHOICES).default("run")
  const parse = option.parseArg
  return option.argParser((value: string, earlier: unknown) => {
    const name = /^tag:(.*)$/s.exec(value)?.[1]
    if (name === undefined) return parse?.(value, earlier)
    if (isTagName(name)) return value
    throw new OperatorProblem(`invalid --by '${value}'`, {
      exitCode: 2,
      hint: "for example: bot-bottle usage --by tag:issue",
    })
  })
}

function addBudgetCommands({ host, add, addTo, does }: CommandList): void {
  const budget = add(
    "Budgets and records",
    "budget",
    "manage budgets of tokens and of money",
    "bot-bottle budget set host claude 5M",
  )
  addTo(budget, "list", "every limit, how much is used, and where it is set", "bot-bottle budget list --json")
    .option("--json", "machine-readable")
    .action(does(async (flags) => (await import("../commands/records/budget.ts")).runBudgetList(host, flags)))
  addTo(
    budget,
    "set <scope> <provider> <limit>",
    "set a limit for host, bottle:NAME, agent:NAME or run:SLUG; +100k or -100k changes it; provider usd: dollars",
    "bot-bottle budget set agent:implementer claude 2M",
  )
    .addOption(choice("--window <window>", "when the counter starts again", WINDOWS))
    .action(
      does(async (...[scope, provider, tokens, flags]) =>
        (await import("../commands/records/budget.ts")).runBudgetSet(host, { scope, provider, tokens, ...flags }),
      ),
    )
  addTo(budget, "unset <scope> <provider>", "remove a limit", "bot-bottle budget unset host claude").action(
    does(async (scope, provider) =>
      (await import("../commands/records/budget.ts")).runBudgetUnset(host, { scope, provider }),
    ),
  )
  addTo(budget, "reset [scope] [provider]", "reset the counters", "bot-bottle budget reset agent:implementer claude")
    .option("--all", "every scope, without a question")
    .action(
      does(async (scope, provider, flags) =>
        (await import("../commands/records/budget.ts")).runBudgetReset(host, { scope, provider, ...flags }),
      ),
    )
}
