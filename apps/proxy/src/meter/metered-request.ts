// A request to a metered host, as the steps that bill and forward it pass it on. Types only.

import type { CredentialedRoute } from "@bot-bottle/contracts"
import type { RequestHead } from "@bot-bottle/wire"
import type { OutboundGuard } from "../dlp/outbound-guard.ts"
import type { RefusalLog, Verdict } from "../wire/passage.ts"
import type { Place } from "../wire/place.ts"
import type { RecordAnswer } from "../wire/sites/place-record.ts"

export interface MeteredRequest {
  readonly route: CredentialedRoute
  readonly place: Place
  readonly head: RequestHead
  /** As judged. */
  readonly path: string
  /** As it leaves, with query. */
  readonly target: string
  /** The header lines as they leave. */
  readonly lines: readonly string[]
  readonly guard: OutboundGuard
  readonly log: RefusalLog
  /** For a call that is not billed: it goes like any other. */
  readonly forwardFree: () => Verdict
  /** An answer began. */
  readonly recordAnswer: RecordAnswer
}
