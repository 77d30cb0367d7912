// Holds requests while one question for all of them stands before the operator.
//
// A held request is a callback and a timer: nothing of it is done again until its question is
// answered, so a thousand of them cost other traffic nothing. Each ends exactly once: by the
// answer, its own time, its agent's leaving or a cutoff.
//
// It opens nothing: who is told `approved` has the request judged again.

import type { HoldProposal, ProposalAnswer } from "@bot-bottle/contracts"
import type { ProposeResult } from "@bot-bottle/ledger"
import { subjectOf } from "@bot-bottle/supervise"
import type { AgentLink } from "../wire/passage.ts"

export type HoldEnd =
  | { readonly outcome: "approved" }
  | { readonly outcome: "rejected"; readonly id: number; readonly reason: string }
  /** The time is over, or the agent has left. `id` where the question reached the operator. */
  | { readonly outcome: "unanswered"; readonly id: number | undefined }
  /** Nobody is asked: the request is refused as in a run without questions. */
  | { readonly outcome: "unasked" }
  | { readonly outcome: "cut" }

export interface HeldRequests {
  /** Never rejects. */
  hold(ask: HoldProposal, agent: AgentLink | undefined): Promise<HoldEnd>
  /** An operator's answer, for the requests that wait for it and for those that come. */
  answered(id: number, ask: HoldProposal, answer: ProposalAnswer): void
  /** Puts the questions that had to wait before the operator, as far as there is room now. */
  retry(): Promise<void>
  /** Ends the holds for which the policy has an answer now. */
  recheck(decide: (ask: HoldProposal) => HoldEnd | undefined): void
  /** Ends every hold. */
  cut(): void
  readonly held: number
}

export interface HeldRequestsOptions {
  /** Writes the question down, or finds the one that stands. May reject: then nobody is asked. */
  readonly propose: (ask: HoldProposal) => Promise<ProposeResult>
  readonly timeoutMs: () => number
  /** Told that somebody waits. */
  readonly onHeld: () => void
  readonly reportFailure: (error: unknown) => void
  readonly maxHeld?: number
}

/** Of one run. Each holds a connection and the head of its request. */
const MAX_HELD = 1_024
/** Of one question about a match: that a request waits tells the agent that its guess was right. */
const MAX_HELD_MATCHES = 16

interface Question {
  readonly ask: HoldProposal
  readonly waiters: Set<(end: HoldEnd) => void>
  id: number | undefined
}

export function createHeldRequests(options: HeldRequestsOptions): HeldRequests {
  const { propose, timeoutMs, onHeld, reportFailure, maxHeld = MAX_HELD } = options
  const questions = new Map<string, Question>()
  /** The operator's no holds for the rest of the run. */
  const rejected = new Map<string, Extract<HoldEnd, { outcome: "rejected" }>>()
  let held = 0

  function end(subject: string, how: HoldEnd): void {
    const question = questions.get(subject)
    questions.delete(subject)
    for (const waiter of [...(question?.waiters ?? [])]) waiter(how)
  }

  async function put(subject: string, question: Question): Promise<void> {
    try {
      const result = await propose(question.ask)
      if (result.outcome !== "refused") question.id = result.proposal.id
      // Another question will be answered, or its time will be over, before this one's requests leave.
      else if (result.reason !== "too-many-pending") end(subject, { outcome: "unasked" })
    } catch (error) {
      reportFailure(error)
      end(subject, { outcome: "unasked" })
    }
  }

  function find(subject: string, ask: HoldProposal): Question {
    const known = questions.get(subject)
    if (known !== undefined) return known
    const question: Question = { ask, waiters: new Set(), id: undefined }
    questions.set(subject, question)
    void put(subject, question)
    return question
  }

  return {
    get held() {
      return held
    },
    hold(ask, agent) {
      const subject = subjectOf(ask)
      const no = rejected.get(subject)
      if (no !== undefined) return Promise.resolve(no)
      const waiting = questions.get(subject)?.waiters.size ?? 0
      if (held >= maxHeld || (ask.cause === "dlp-match" && waiting >= MAX_HELD_MATCHES))
        return Promise.resolve({ outcome: "unasked" })

      const { promise, resolve } = Promise.withResolvers<HoldEnd>()
      held += 1
      const question = find(subject, ask)
      const leave = (): void => settle({ outcome: "unanswered", id: question.id })
      const timer = setTimeout(leave, timeoutMs())
      const unwatch = agent?.watch(leave)
      const settle = (how: HoldEnd): void => {
        if (!question.waiters.delete(settle)) return
        held -= 1
        clearTimeout(timer)
        unwatch?.()
        // The question itself stands in the ledger; a later request finds it there.
        if (question.waiters.size === 0 && questions.get(subject) === question) questions.delete(subject)
        resolve(how)
      }
      question.waiters.add(settle)
      onHeld()
      return promise
    },
    answered(id, ask, { decision, reason }) {
      const subject = subjectOf(ask)
      if (decision === "approved") {
        end(subject, { outcome: "approved" })
        return
      }
      const no = { outcome: "rejected", id, reason } as const
      rejected.set(subject, no)
      end(subject, no)
    },
    async retry() {
      const waiting = [...questions].find(([, { id }]) => id === undefined)
      if (waiting !== undefined) await put(...waiting)
    },
    recheck(decide) {
      for (const [subject, { ask }] of [...questions]) {
        const how = decide(ask)
        if (how !== undefined) end(subject, how)
      }
    },
    cut() {
      for (const subject of [...questions.keys()]) end(subject, { outcome: "cut" })
    },
  }
}
