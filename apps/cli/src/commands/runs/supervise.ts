// `supervise`: the questions that agents have asked. On a terminal they are answered one after the
// other; elsewhere they are printed.

import { openHostLedger, openHostLedgerToRead } from "@bot-bottle/control"
import { controlHost } from "../../control-host.ts"
import type { Host } from "../../host.ts"
import { ledgerHost } from "../../ledger-host.ts"
import { loadStanding } from "../../supervise/answer.ts"
import { type Question, questionJson, questionTable } from "../../supervise/show-questions.ts"

export interface SuperviseFlags {
  readonly once?: boolean
  readonly all?: boolean
  readonly json?: boolean
}

const MAX_LISTED = 200

export async function runSupervise(host: Host, flags: SuperviseFlags): Promise<number> {
  const isListed = flags.once === true || flags.all === true || flags.json === true || !host.screen.isInteractive
  const questions = await listQuestions(host, flags.all === true)
  if (!isListed && questions.length > 0) {
    await using ledger = await openHostLedger(ledgerHost(host))
    const { reviewQuestions } = await import("../../supervise/review-questions.ts")
    return await reviewQuestions(host, ledger)
  }
  if (flags.json === true) host.screen.print(JSON.stringify(questions.map(questionJson), null, 2))
  else if (questions.length === 0) host.screen.note(flags.all === true ? "No questions yet." : "Nobody waits for you.")
  else for (const line of questionTable(questions, host.screen, Date.now())) host.screen.print(line)
  return 0
}

/** Pending ones oldest first; all of them newest first. */
async function listQuestions(host: Host, all: boolean): Promise<readonly Question[]> {
  await using ledger = await openHostLedgerToRead(controlHost(host))
  if (!all) return (await ledger.pendingProposals()).map((proposal) => ({ proposal, state: "pending" }))
  const newest = await ledger.listProposals({ limit: MAX_LISTED })
  return await Promise.all(newest.map((proposal) => loadStanding(ledger, proposal)))
}
