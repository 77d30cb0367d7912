// The list of questions on a terminal: pick one, see it whole, answer it, and so on until none is
// left or the operator leaves.

import {
  type ApprovalDuration,
  formatAge,
  formatAsk,
  OperatorProblem,
  type Proposal,
  sanitizeText,
} from "@bot-bottle/contracts"
import type { Ledger } from "@bot-bottle/ledger"
import { durationsOf } from "@bot-bottle/supervise"
import type { Host } from "../host.ts"
import { askText, pickFrom, pickOne } from "../terminal/pickers.ts"
import { approve, reject } from "./answer.ts"

const DURATION_WORDS: Readonly<Record<ApprovalDuration, string>> = {
  once: "the waiting requests and the next minute",
  run: "until the run ends",
  always: "in the bottle's file, for every run of it",
}

export async function reviewQuestions(host: Host, ledger: Ledger): Promise<number> {
  const { screen } = host
  for (;;) {
    const pending = await ledger.pendingProposals()
    if (pending.length === 0) {
      screen.note("Nobody waits for you.")
      return 0
    }
    const proposal = await pickQuestion(pending)
    if (proposal === undefined) return 0
    try {
      await answerOne(host, ledger, proposal)
    } catch (error) {
      // Answered elsewhere, expired, refused: the list continues with the rest.
      if (!(error instanceof OperatorProblem)) throw error
      screen.note(`bot-bottle: error: ${error.message}`)
      if (error.hint !== undefined) screen.note(`bot-bottle: hint: ${error.hint}`)
    }
  }
}

async function pickQuestion(pending: readonly Proposal[]): Promise<Proposal | undefined> {
  const nowMs = Date.now()
  const options = pending.map(({ id, slug, ask, askedAtMs }) => ({
    value: String(id),
    label: `#${id} ${ask.kind}  ${formatAsk(ask)}`,
    hint: `${slug}, ${formatAge(nowMs - askedAtMs)} ago`,
  }))
  const picked = await pickOne("Waiting for you", options)
  return pending.find(({ id }) => String(id) === picked)
}

async function answerOne(host: Host, ledger: Ledger, proposal: Proposal): Promise<void> {
  const { screen } = host
  const { id, slug, ask, why } = proposal
  screen.note(`#${id} of ${slug}: ${formatAsk(ask)}`)
  if (why !== "") for (const line of sanitizeText(why).split("\n")) screen.note(`  ${line}`)
  const offered = durationsOf(ask)
  const choice = await pickFrom("Answer", [
    ...offered.map((duration) => ({
      value: `for ${duration}`,
      label: `approve, ${duration}`,
      hint: DURATION_WORDS[duration],
    })),
    { value: "edit", label: "edit it first" },
    { value: "reject", label: "reject", hint: "the agent reads your reason" },
    { value: "later", label: "leave it for now" },
  ])
  const duration = offered.find((each) => choice === `for ${each}`)
  const common = { proposal, channel: "command" } as const
  if (duration !== undefined) {
    await approve(host, ledger, { ...common, ask, duration, reason: undefined, mayWrite: false })
  } else if (choice === "reject") {
    const reason = await askText("Reason, for the agent")
    if (reason !== undefined) await reject(host, ledger, { ...common, reason })
  } else if (choice === "edit") {
    const { runEditQuestion } = await import("../commands/runs/supervise-answer.ts")
    await runEditQuestion(host, String(id), {})
  }
}
