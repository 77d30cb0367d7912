// Watches an exchange that costs nothing: writes down that it was answered, and passes the answer
// on without what must not reach the agent.

import type { Denial, Secret } from "@bot-bottle/contracts"
import { type Scrubber, scrubberOf } from "@bot-bottle/egress"
import type { ResponseHead } from "@bot-bottle/wire"
import { describeUnreadableAnswer } from "../../describe-denial.ts"
import type { EgressSwitch } from "../../egress-switch.ts"
import { describeUnanswered } from "../exchange/describe-unanswered.ts"
import type { AnswerEdit, EditedHead, Unanswered, Watcher } from "../passage.ts"
import { editAnswerHead, scrubPayload } from "./answer-edit.ts"

export interface ForwardedAnswerOptions {
  /** For messages. */
  readonly place: string
  readonly secret: Secret | undefined
  readonly egress: Pick<EgressSwitch, "cutState">
  readonly record: (status: number) => void
}

export class ForwardedAnswer implements Watcher {
  readonly #options: ForwardedAnswerOptions
  readonly #scrubber: Scrubber | undefined

  constructor(options: ForwardedAnswerOptions) {
    this.#options = options
    this.#scrubber = scrubberOf(options.secret)
  }

  begin(): void {
    // A cut ends it with its connection.
  }

  interim(head: ResponseHead): EditedHead {
    return editAnswerHead(head, this.#scrubber)
  }

  open(head: ResponseHead): AnswerEdit | Denial {
    const filter = scrubPayload(this.#scrubber, head)
    if (filter === "unreadable") return describeUnreadableAnswer(this.#options.place)
    this.#options.record(head.status)
    const { startLine, lines } = editAnswerHead(head, this.#scrubber)
    const endsWithAgent = head.contentType?.startsWith("text/event-stream") === true
    return { startLine, lines, filter, isEndable: false, endsWithAgent }
  }

  unanswered(why: Unanswered): Denial {
    const { egress, place } = this.#options
    return describeUnanswered(why, egress, place)
  }

  over(): void {
    // Nothing hangs on it.
  }
}
