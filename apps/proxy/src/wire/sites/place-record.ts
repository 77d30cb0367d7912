// Writes down how the requests to one place were answered: refused by us, or forwarded. It also
// makes the answer of a refusal, since the log has the status that was sent.

import type { CredentialedRoute, Denial } from "@bot-bottle/contracts"
import type { ProviderHost } from "@bot-bottle/model-apis"
import type { ResponseHead } from "@bot-bottle/wire"
import type { DlpDenial } from "../../describe-denial.ts"
import type { EventLog } from "../../event-log.ts"
import type { BodyTap, LimitDesk } from "../../limits/limit-desk.ts"
import type { LoginDesk } from "../../logins/login-desk.ts"
import { refusalReply } from "../answer/refusal.ts"
import type { Reply } from "../answer/reply.ts"
import type { RefusalLog } from "../passage.ts"
import type { Place } from "../place.ts"

/** Told of every answer: what it says of the run's login, and of the account's own limits. */
export interface AnswerDesks {
  readonly logins: Pick<LoginDesk, "noteAnswer">
  readonly limits: LimitDesk
}

/** Returns where the pieces of the body go, when somebody reads it. */
export type RecordAnswer = (status: number, head?: ResponseHead) => BodyTap | undefined

export class PlaceRecord {
  readonly #place: Place
  readonly #events: EventLog
  readonly #desks: AnswerDesks

  constructor(place: Place, events: EventLog, desks: AnswerDesks) {
    this.#place = place
    this.#events = events
    this.#desks = desks
  }

  /** `metered`: the provider whose clients are answered in its own shape. */
  refuse(denial: Denial, log: RefusalLog, status: number | undefined, metered: ProviderHost | undefined): Reply {
    const reply = refusalReply(denial, metered?.formatAt(log.path ?? "/") ?? log.path, status)
    const { host, port, scheme } = this.#place
    const found = "detector" in denial ? { detector: (denial as DlpDenial).detector } : {}
    this.#events.recordDenied({ reason: denial.reason, scheme, host, port, status: reply.status, ...log, ...found })
    return reply
  }

  /** Keeps nothing of the request but these: an answer may last for hours. */
  answerRecorder(route: CredentialedRoute, log: RefusalLog, startedAtMs: number): RecordAnswer {
    return (status, head) => {
      const { logins, limits } = this.#desks
      logins.noteAnswer(route, status)
      const { host, port, scheme } = this.#place
      const durationMs = Math.round(performance.now() - startedAtMs)
      this.#events.recordForwarded({ scheme, host, port, status, durationMs, ...log })
      return head === undefined ? undefined : limits.note(route, head)
    }
  }
}
