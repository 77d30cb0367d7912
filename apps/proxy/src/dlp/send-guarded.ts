// Sends a request with its body going through the guard, and tells why when that stopped it.

import type { DlpDenial } from "../denial-words.ts"
import type { OutboundRequest, Send, SendResult } from "../upstream/send.ts"
import type { OutboundGuard } from "./outbound-guard.ts"

export interface GuardedRequest extends Pick<OutboundRequest, "target" | "headers"> {
  readonly send: Send
  /** Ends it besides the client's leaving. */
  readonly signal?: AbortSignal
}

export interface Stopped {
  readonly outcome: "stopped"
  readonly denial: DlpDenial
}

/** Once the upstream has answered, a find in the rest of the body breaks that answer off. */
export async function sendGuarded(
  guard: OutboundGuard,
  request: Request,
  { target, headers, send, signal }: GuardedRequest,
): Promise<SendResult | Stopped> {
  const body = await guard.passBody(request)
  if ("reason" in body) return { outcome: "stopped", denial: body }
  const signals = [request.signal, signal, body.signal].filter((one) => one !== undefined)
  const [only = request.signal] = signals
  const sent = await send({
    method: request.method,
    target,
    headers,
    body: body.body,
    signal: signals.length === 1 ? only : AbortSignal.any(signals),
  })
  body.over()
  const { stopped } = body
  return sent.outcome === "answered" || stopped === undefined ? sent : { outcome: "stopped", denial: stopped }
}
