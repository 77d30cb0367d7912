// `supervise approve`, `reject`, `edit` and `answer`: one answer to one question.

import { readFileSync } from "node:fs"
import { type AnswerChannel, type ApprovalDuration, OperatorProblem, type Proposal } from "@bot-bottle/contracts"
import { answerByToken, openHostLedger } from "@bot-bottle/control"
import type { Ledger } from "@bot-bottle/ledger"
import { durationsOf } from "@bot-bottle/supervise"
import type { Host } from "../../host.ts"
import { ledgerHost } from "../../ledger-host.ts"
import { approve, loadStanding, printAnswered, reject } from "../../supervise/answer.ts"
import { describeState } from "../../supervise/show-questions.ts"

export interface ApproveFlags {
  readonly for?: ApprovalDuration
  readonly reason?: string
  readonly yes?: boolean
  readonly channel?: AnswerChannel
}

export async function runApprove(host: Host, number: string, flags: ApproveFlags): Promise<number> {
  await using ledger = await openHostLedger(ledgerHost(host))
  const proposal = await loadPending(ledger, number)
  const duration = chooseDuration(proposal, flags)
  checkWrite(duration, flags)
  return await approve(host, ledger, {
    ...{ proposal, ask: proposal.ask, duration, reason: flags.reason },
    ...{ channel: flags.channel ?? "command", mayWrite: flags.yes === true },
  })
}

export async function runReject(
  host: Host,
  number: string,
  { reason = "", channel = "command" }: Pick<ApproveFlags, "reason" | "channel">,
): Promise<number> {
  if (reason.trim() === "") {
    throw new OperatorProblem("a rejection needs a reason: the agent reads it", {
      exitCode: 2,
      hint: `bot-bottle supervise reject ${number} --reason 'use the mirror instead'`,
    })
  }
  await using ledger = await openHostLedger(ledgerHost(host))
  return await reject(host, ledger, { proposal: await loadPending(ledger, number), reason, channel })
}

export async function runEditQuestion(host: Host, number: string, flags: ApproveFlags): Promise<number> {
  await using ledger = await openHostLedger(ledgerHost(host))
  const proposal = await loadPending(ledger, number)
  const { editAsk } = await import("../../supervise/edit-ask.ts")
  const ask = await editAsk(host, proposal)
  if (ask === undefined) {
    host.screen.note("Cancelled: the file was empty.")
    return 0
  }
  const duration = flags.for ?? (host.screen.isInteractive ? await pickDuration(ask) : chooseDuration(proposal, flags))
  if (duration === undefined) return 0
  checkWrite(duration, flags)
  return await approve(host, ledger, {
    ...{ proposal, ask, duration, reason: flags.reason },
    ...{ channel: flags.channel ?? "command", mayWrite: flags.yes === true },
  })
}

/** `-` reads the token from stdin: a command line is seen by every process of the user. */
export async function runAnswer(
  host: Host,
  given: string,
  { reason = "" }: { readonly reason?: string },
): Promise<number> {
  const token = (given === "-" ? readFileSync(0, "utf8") : given).trim()
  await using ledger = await openHostLedger(ledgerHost(host))
  printAnswered(host, await answerByToken(host, ledger, { token, reason }))
  return 0
}

async function loadPending(ledger: Ledger, number: string): Promise<Proposal> {
  const [, digits] = /^#?(\d{1,15})$/.exec(number) ?? []
  if (digits === undefined) {
    throw new OperatorProblem(`invalid number '${number}' of a question`, {
      exitCode: 2,
      hint: "see 'bot-bottle supervise --once'",
    })
  }
  const proposal = await ledger.findProposal(Number(digits))
  if (proposal === undefined) {
    throw new OperatorProblem(`there is no question #${digits}`, { hint: "see 'bot-bottle supervise --once --all'" })
  }
  const question = await loadStanding(ledger, proposal)
  if (question.state === "pending") return proposal
  throw new OperatorProblem(`question #${digits} waits no more: ${describeState(question)}`, {
    hint: "see 'bot-bottle supervise --once --all'",
  })
}

function checkWrite(duration: ApprovalDuration, { yes }: ApproveFlags): void {
  if (yes !== true || duration === "always") return
  throw new OperatorProblem(`--yes writes the bottle's file, and an approval for ${duration} does not`, {
    exitCode: 2,
    hint: "add --for always, or leave --yes out",
  })
}

function chooseDuration({ id, ask }: Proposal, flags: ApproveFlags): ApprovalDuration {
  const offered = durationsOf(ask)
  const [only, ...others] = offered
  if (flags.for !== undefined) {
    if (offered.includes(flags.for)) return flags.for
    throw new OperatorProblem(`question #${id} cannot be approved for ${flags.for}`, {
      exitCode: 2,
      hint: `use --for ${offered.join(", --for ")}`,
    })
  }
  if (only !== undefined && others.length === 0) return only
  throw new OperatorProblem("say for how long", {
    exitCode: 2,
    hint: `bot-bottle supervise approve ${id} --for ${offered.join("|")}`,
  })
}

async function pickDuration(ask: Proposal["ask"]): Promise<ApprovalDuration | undefined> {
  const { pickFrom } = await import("../../terminal/pickers.ts")
  const offered = durationsOf(ask)
  const picked = await pickFrom(
    "Approve it for",
    offered.map((value) => ({ value, label: value })),
  )
  return offered.find((duration) => duration === picked)
}
