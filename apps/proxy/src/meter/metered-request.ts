// A request to a metered host, as the steps that bill and forward it pass it on. Types only.

import type { CredentialedRoute } from "@bot-bottle/contracts"
import type { OutboundGuard } from "../dlp/outbound-guard.ts"
import type { Send } from "../upstream/send.ts"

export interface MeteredRequest {
  readonly route: CredentialedRoute
  readonly request: Request
  /** As judged. */
  readonly path: string
  /** As it leaves, with query. */
  readonly target: string
  readonly headers: Headers
  readonly send: Send
  /** For messages. */
  readonly place: string
  readonly guard: OutboundGuard
}
