// `supervise` and its answers.

import { APPROVAL_DURATIONS } from "@bot-bottle/contracts"
import { type CommandList, choice } from "./command-list.ts"

export function addSuperviseCommands({ host, add, addTo, does }: CommandList): void {
  const load = () => import("../commands/runs/supervise-answer.ts")
  /** For the dashboard, which runs these commands. */
  const channel = () => choice("--channel <channel>", "how the answer came", ["command", "dashboard"]).hideHelp()
  const duration = () => choice("--for <duration>", "for how long", APPROVAL_DURATIONS)
  const supervise = add("Runs", "supervise", "answer what agents ask for", "bot-bottle supervise --once")
    .option("--once", "print what waits, and end")
    .option("--all", "answered and expired questions as well")
    .option("--json", "machine-readable")
    .action(does(async (flags) => (await import("../commands/runs/supervise.ts")).runSupervise(host, flags)))
  addTo(supervise, "approve <question>", "grant it", "bot-bottle supervise approve 12 --for run")
    .addOption(duration())
    .option("--reason <text>", "why: risky approvals want one")
    .option("--yes", "with --for always: write the bottle without a question")
    .addOption(channel())
    .action(does(async (number: string, flags) => (await load()).runApprove(host, number, flags)))
  addTo(
    supervise,
    "reject <question>",
    "refuse it; the agent reads the reason",
    "bot-bottle supervise reject 12 --reason 'use the mirror'",
  )
    .option("--reason <text>", "for the agent")
    .addOption(channel())
    .action(does(async (number: string, flags) => (await load()).runReject(host, number, flags)))
  addTo(supervise, "edit <question>", "change it in your editor, and grant that", "bot-bottle supervise edit 12")
    .addOption(duration())
    .option("--reason <text>", "why: risky approvals want one")
    .option("--yes", "with --for always: write the bottle without a question")
    .addOption(channel())
    .action(does(async (number: string, flags) => (await load()).runEditQuestion(host, number, flags)))
  addTo(
    supervise,
    "answer <token>",
    "answer from outside, with a token that 'notify' sent; '-' reads it from stdin",
    "bot-bottle supervise answer bbq_…",
  )
    .option("--reason <text>", "why: risky approvals want one")
    .action(does(async (token: string, flags) => (await load()).runAnswer(host, token, flags)))
}
