// Commands that look at a run or act on it.

import type { Command } from "commander"
import { type CommandList, choice, collect, RUN } from "./command-list.ts"
import { addSuperviseCommands } from "./supervise-commands.ts"

export function addRunCommands(commands: CommandList): void {
  const { host, add, does, doesOnRun } = commands
  const any = { live: false }
  const live = { live: true }
  add("Runs", "list", "your runs, with tokens used and budget left", "bot-bottle list --all --json")
    .option("--all", "finished runs as well")
    .option("--watch", "keep the list up to date; not on a terminal: a line for every change")
    .option("--json", "machine-readable")
    .action(does(async (flags) => (await import("../commands/runs/list.ts")).runList(host, flags)))
  add("Runs", "wait [runs...]", "wait for runs that are parked, and resume them", "bot-bottle wait")
    .option("--once", "resume what is due now, and end: for cron")
    .action(
      does(async (names: readonly string[], flags) =>
        (await import("../commands/runs/wait.ts")).runWait(host, names, flags),
      ),
    )
  add("Runs", "dashboard", "every run live, with a key for every action", "bot-bottle dashboard")
    .option("--once", "one picture, for scripts and logs")
    .action(
      does(async (flags, command: Command) => {
        const names = command.parent?.commands.map((each) => each.name()) ?? []
        return (await import("../commands/runs/dashboard.ts")).runDashboard(host, flags, names)
      }),
    )
  add("Runs", "events", "every event of this host, as it happens", "bot-bottle events --json")
    .option("--json", "one JSON object a line")
    .option("--run <run>", "of this run only")
    .option("--from <cursor>", "continue after this event")
    .action(does(async (flags) => (await import("../commands/runs/events.ts")).runEvents(host, flags)))
  add("Runs", `logs ${RUN}`, "show what the agent wrote, or its requests", "bot-bottle logs implementer-abc12 -f")
    .option("-f, --follow", "keep printing until the run ends")
    .option("--egress", "requests, forwarded and refused, instead of the agent's output")
    .option("--raw", "the bytes as the agent wrote them, escape sequences and all")
    .addOption(choice("--by <key>", "with --egress: one line for each host and outcome", ["host"]))
    .option("--tail <count>", "with --egress: only the last so many requests")
    .option("--since <when>", "with --egress: an age (10m, 2h, 7d) or a date")
    .option("--json", "with --egress: the events as recorded")
    .action(
      doesOnRun(any, async (slug, flags: object) =>
        (await import("../commands/runs/logs.ts")).runLogs(host, slug, flags),
      ),
    )
  add("Runs", `diff ${RUN}`, "show what the agent changed in its copy", "bot-bottle diff implementer-abc12 --stat")
    .option("--stat", "counts instead of lines")
    .option("--name-only", "names only")
    .option("--ignored", "also new files that the project's ignore rules leave out")
    .option("--json", "machine-readable")
    .action(
      doesOnRun(any, async (slug, flags: object) =>
        (await import("../commands/runs/diff.ts")).runDiff(host, slug, flags),
      ),
    )
  add("Runs", `apply ${RUN}`, "apply the agent's changes to your folder", "bot-bottle apply implementer-abc12")
    .option("--yes", "do not ask")
    .option("--commits", "import the agent's commits as a branch, and no files")
    .option("--include-protected", "also files that run code on the host: hooks, editor and agent settings")
    .option("--ignored", "also new files that the project's ignore rules leave out")
    .action(
      doesOnRun(any, async (slug, flags: object) =>
        (await import("../commands/runs/apply.ts")).runApply(host, slug, flags),
      ),
    )
  add(
    "Runs",
    `cutoff ${RUN}`,
    "cut off the network at once; the agent keeps running",
    "bot-bottle cutoff implementer-abc12",
  ).action(doesOnRun(live, async (slug) => (await import("../commands/runs/cutoff.ts")).runCutoff(host, slug)))
  add("Runs", `restore ${RUN}`, "restore the network after a cutoff", "bot-bottle restore implementer-abc12").action(
    doesOnRun(live, async (slug) => (await import("../commands/runs/restore.ts")).runRestore(host, slug)),
  )
  add("Runs", `reload ${RUN}`, "apply manifest changes to a running run", "bot-bottle reload implementer-abc12").action(
    doesOnRun(live, async (slug) => (await import("../commands/runs/reload.ts")).runReload(host, slug)),
  )
  add(
    "Runs",
    "allow <target> <host>",
    "let a bottle, or a run's bottle, reach a host",
    "bot-bottle allow dev pypi.example --method GET",
  )
    .option("--method <name>", "only this method (repeatable)", collect)
    .option("--path <prefix>", "only paths that start so")
    .option("--exact", "with --path: only this very path")
    .option("--http", "plain HTTP instead of HTTPS")
    .option("--yes", "do not ask")
    .action(
      does(async (target: string, place: string, flags) =>
        (await import("../commands/runs/allow.ts")).runAllow(host, target, place, flags),
      ),
    )
  add("Runs", "deny <target> <host>", "take a host out of a bottle's routes", "bot-bottle deny dev pypi.example")
    .option("--yes", "do not ask")
    .action(
      does(async (target: string, place: string, flags) =>
        (await import("../commands/runs/allow.ts")).runDeny(host, target, place, flags),
      ),
    )
  addSuperviseCommands(commands)
  add("Runs", `freeze ${RUN}`, "stop a run so that it can be resumed", "bot-bottle freeze implementer-abc12")
    .alias("commit")
    .action(doesOnRun(live, async (slug) => (await import("../commands/runs/freeze.ts")).runFreeze(host, slug)))
  add("Runs", `kill ${RUN}`, "end a run at once; its files stay until cleanup", "bot-bottle kill implementer-abc12")
    .option("--delete", "delete its files as well")
    .option("--yes", "with --delete: do not ask")
    .action(
      doesOnRun(any, async (slug, flags: object) =>
        (await import("../commands/runs/kill.ts")).runKill(host, slug, flags),
      ),
    )
}
