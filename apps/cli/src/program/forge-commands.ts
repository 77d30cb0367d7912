// Commands for runs that work on a forge.

import type { Command } from "commander"
import { BACKEND_CHOICES } from "./choices.ts"
import { type CommandList, choice, collect } from "./command-list.ts"

export function addForgeCommands({ host, add, addTo, does }: CommandList): void {
  const orchestrate = add(
    "Forge",
    "orchestrate",
    "let issues on a forge start runs",
    "bot-bottle orchestrate serve --repo acme/widgets",
  )
  const forgeOptions = (command: Command) =>
    command
      .option("--api <url>", "the forge's API, with /api/v1 (FORGE_GITEA_API)")
      .option("--repo <owner/name>", "the repository (FORGE_OWNER, FORGE_REPO)", collect)

  forgeOptions(
    addTo(
      orchestrate,
      "serve",
      "answer webhooks, and keep the runs of issues",
      "bot-bottle orchestrate serve --repo acme/widgets --listen 127.0.0.1:8480",
    ),
  )
    .option("--listen <host:port>", "where webhooks arrive", "127.0.0.1:8480")
    .option("--org <name>", "whose members may start runs (FORGE_ORG, default bot-bottle)")
    .option("--max-runs <number>", "runs at once; 0 leaves them to other hosts that share the ledger", "2")
    .option("--watchdog-timeout <time>", "freeze a run whose agent is silent so long (FORGE_WATCHDOG_TIMEOUT)")
    .action(
      does(async (flags) => (await import("../commands/forge/orchestrate-serve.ts")).runOrchestrateServe(host, flags)),
    )
  forgeOptions(
    addTo(
      orchestrate,
      "start",
      "one run for one issue",
      "bot-bottle orchestrate start --agent fixer --issue 17 --prompt 'work on issue 17'",
    ),
  )
    .requiredOption("--agent <name>", "agent to run")
    .option("--bottle <name>", "bottle to use; repeat it to merge several, in order", collect)
    .option("--prompt <text>", "what the agent should do")
    .option("--prompt-file <file>", "the same, from a file")
    .option("--label <text>", "name of the run, at most 64 bytes")
    .addOption(choice("--backend <name>", "isolation backend", BACKEND_CHOICES))
    .option("--issue <number>", "the issue it may write to (FORGE_ISSUE_NUMBER)")
    .option("--pr <number>", "the issue's pull request, if there is one (FORGE_PR_NUMBER)")
    .option("--watchdog-timeout <time>", "freeze a run whose agent is silent so long (FORGE_WATCHDOG_TIMEOUT)")
    .action(
      does(async (flags) => (await import("../commands/forge/orchestrate-start.ts")).runOrchestrateStart(host, flags)),
    )
  forgeOptions(
    addTo(
      orchestrate,
      "resume",
      "resume such a run",
      "bot-bottle orchestrate resume --slug fixer-abc12 --issue 17 --prompt 'and the docs'",
    ),
  )
    .requiredOption("--slug <run>", "the run")
    .option("--prompt <text>", "what the agent should do next")
    .option("--prompt-file <file>", "the same, from a file")
    .option("--issue <number>", "the issue it may write to (FORGE_ISSUE_NUMBER)")
    .option("--pr <number>", "the issue's pull request, if there is one (FORGE_PR_NUMBER)")
    .option("--watchdog-timeout <time>", "freeze a run whose agent is silent so long (FORGE_WATCHDOG_TIMEOUT)")
    .action(
      does(async (flags) => (await import("../commands/forge/orchestrate-start.ts")).runOrchestrateResume(host, flags)),
    )
  addTo(orchestrate, "status", "issues that runs work on", "bot-bottle orchestrate status --json")
    .option("--all", "destroyed ones as well")
    .option("--json", "machine-readable")
    .action(
      does(async (flags) =>
        (await import("../commands/forge/orchestrate-status.ts")).runOrchestrateStatus(host, flags),
      ),
    )

  add("Forge", "why-commit <sha>", "which run pushed a commit, and at what price", "bot-bottle why-commit 1a2b3c4")
    .option("--json", "machine-readable")
    .action(
      does(async (sha: string, flags) =>
        (await import("../commands/forge/why-commit.ts")).runWhyCommit(host, sha, flags),
      ),
    )
}
