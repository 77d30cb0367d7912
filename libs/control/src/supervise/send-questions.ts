// Tells the operator of a run's questions while the run lives. The launcher of a run sends its
// questions, each once: several runs on a host never send the same one.
//
// Nothing waits for it. A delivery that fails is tried again while its question stands, and each
// failure is told to the caller. The caps of a run bound how many there can be.

import type { Proposal, Slug } from "@bot-bottle/contracts"
import { pause } from "@bot-bottle/kernel"
import type { Ledger } from "@bot-bottle/ledger"
import type { NotifyTarget } from "@bot-bottle/manifest"
import type { HostEnv } from "../host.ts"
import { deliverQuestion } from "./deliver-question.ts"
import { type Asker, makeQuestion } from "./make-question.ts"

export interface SendQuestionsOptions {
  readonly env: HostEnv
  readonly ledger: Ledger
  readonly slug: Slug
  readonly asker: Asker
  readonly target: NotifyTarget
  readonly onFailed: (failure: {
    readonly question: number
    readonly problem: string
    readonly isLast: boolean
  }) => void
  readonly pollMs?: number
  readonly timeoutMs?: number
  readonly retryMs?: readonly number[]
}

const POLL_MS = 500
const TIMEOUT_MS = 10_000
const RETRY_MS = [1_000, 5_000]

/** Disposing ends what is under way: a question that was not sent stays in the ledger. */
export function sendQuestions(options: SendQuestionsOptions): AsyncDisposable {
  const { env, ledger, slug, asker, target, onFailed } = options
  const { pollMs = POLL_MS, timeoutMs = TIMEOUT_MS, retryMs = RETRY_MS } = options
  const over = new AbortController()
  const begun = new Set<number>()
  const sending = new Set<Promise<void>>()

  async function look(): Promise<void> {
    const pending = await ledger.pendingProposals()
    for (const proposal of pending) {
      if (proposal.slug !== slug || begun.has(proposal.id)) continue
      begun.add(proposal.id)
      const sent = send(proposal).catch((error: unknown) => {
        const problem = error instanceof Error ? error.message : String(error)
        onFailed({ question: proposal.id, problem, isLast: true })
      })
      sending.add(sent)
      void sent.then(() => sending.delete(sent))
    }
  }

  async function send(proposal: Proposal): Promise<void> {
    const body = JSON.stringify(await makeQuestion(env, ledger, proposal, asker))
    const detail = { proposal: proposal.id, by: target.kind }
    await ledger.appendAudit({ slug, kind: "proposal-sent", actor: "launcher", detail })
    for (const waitMs of [...retryMs, undefined]) {
      const delivery = await deliverQuestion(target, `${body}\n`, { env, timeoutMs, signal: over.signal })
      if (delivery.outcome === "delivered" || over.signal.aborted) return
      onFailed({ question: proposal.id, problem: delivery.problem, isLast: waitMs === undefined })
      if (waitMs !== undefined) await pause(waitMs, over.signal)
      if (over.signal.aborted || (await ledger.findProposal(proposal.id))?.answer !== undefined) return
    }
  }

  async function watch(): Promise<void> {
    while (!over.signal.aborted) {
      // A ledger that is locked for a while is asked again.
      await look().catch(() => undefined)
      await pause(pollMs, over.signal)
    }
  }

  const watching = watch()
  return {
    async [Symbol.asyncDispose]() {
      over.abort()
      await watching
      await Promise.all(sending)
    },
  }
}
