// The approvals of one run while it ran: shown by `info`, and adopted into the bottle's file.

import { type Ask, formatAsk, formatTime, type Run, type Slug, sanitizeLine } from "@bot-bottle/contracts"
import type { AnsweredProposal, Ledger } from "@bot-bottle/ledger"
import type { ResolvedValue } from "@bot-bottle/manifest"
import { reloadRunsOf, showChange, writeChange } from "../bottles/edit-bottle.ts"
import type { Host } from "../host.ts"
import { confirmWrite } from "../terminal/confirm-write.ts"
import { planLasting } from "./plan-always.ts"

/** In the order of the answers. */
export async function listApprovals(ledger: Ledger, slug: Slug): Promise<readonly AnsweredProposal[]> {
  return (await ledger.answersAfter(slug, 0)).filter(({ answer }) => answer.decision === "approved")
}

/** As `info` shows every value: what it is, and who said so. */
export function approvalValue({ id, answer }: AnsweredProposal): ResolvedValue {
  const { ask, duration = "run", actor, answeredAtMs, reason } = answer
  return {
    key: `${ask.kind} (${duration})`,
    value: formatAsk(ask),
    origin: `question #${id}, ${sanitizeLine(actor)} at ${formatTime(answeredAtMs)}${reason === "" ? "" : `: ${sanitizeLine(reason)}`}`,
  }
}

/** An approval for once does not last, and a budget is the run's own. */
export async function adoptApprovals(
  host: Host,
  ledger: Ledger,
  run: Run,
  { mayWrite }: { readonly mayWrite: boolean },
): Promise<number> {
  const { screen } = host
  const asks = (await listApprovals(ledger, run.slug)).filter(lasts).map(({ answer }) => answer.ask)
  if (asks.length === 0) {
    screen.print(`${run.slug}: no route was approved for longer than once`)
    return 0
  }
  const { bottle, change } = planLasting(host, run, asks)
  if (change === undefined) {
    screen.print(`${bottle}: unchanged`)
    return 0
  }
  showChange(screen, change)
  const without = `bot-bottle edit --adopt ${run.slug} --yes`
  if (!(await confirmWrite(screen, { given: mayWrite, question: "Write it?", without }))) return 0
  writeChange(change)
  return reloadRunsOf(host, bottle)
}

function lasts({ answer: { ask, duration } }: AnsweredProposal): boolean {
  return duration !== "once" && isRoute(ask)
}

function isRoute(ask: Ask): boolean {
  return ask.kind === "route" || (ask.kind === "hold" && ask.cause === "host-not-allowed")
}
