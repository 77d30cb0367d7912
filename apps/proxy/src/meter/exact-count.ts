// Asks the provider what a request's input counts, before tokens are reserved for it.
//
// The call goes where the request will go, with the same credential. It is not billed, so it is
// in no ledger. It decides nothing but the size of a reservation: when it fails, the local estimate
// stands. Nobody waits for it longer than `TIMEOUT_MS`.

import type { InputCounting, ModelRequest } from "@bot-bottle/model-apis"
import { writeHead } from "@bot-bottle/wire"
import type { EgressSwitch } from "../egress-switch.ts"
import { askSmall } from "../wire/exchange/ask-small.ts"
import type { AgentLink } from "../wire/passage.ts"
import type { Place } from "../wire/place.ts"

const TIMEOUT_MS = 2_000

export interface CountedRequest {
  readonly place: Place
  readonly target: string
  /** The header lines for a body of this length. */
  readonly lines: (length: number) => readonly string[]
  readonly agent: Pick<AgentLink, "isGone">
}

export interface ExactCountOptions {
  readonly counting: AskedCounting
  /** Nothing leaves once the run is cut. */
  readonly egress: Pick<EgressSwitch, "cutState" | "cutSignal">
  readonly timeoutMs?: number
}

/** As the API's own, done where it may take its time. */
export interface AskedCounting extends Pick<InputCounting, "read"> {
  request(
    ...asked: Parameters<InputCounting["request"]>
  ): ReturnType<InputCounting["request"]> | Promise<ReturnType<InputCounting["request"]>>
}

/** The same request, with the provider's count of its input where it gave one. */
export async function countExactly(
  { place, target, lines, agent }: CountedRequest,
  body: Uint8Array,
  estimated: ModelRequest,
  { counting, egress, timeoutMs = TIMEOUT_MS }: ExactCountOptions,
): Promise<ModelRequest> {
  const question = await counting.request(target, body)
  if (question === undefined || agent.isGone || egress.cutState !== undefined) return estimated

  const text = Buffer.from(question.body)
  const head = writeHead(`POST ${question.target} HTTP/1.1`, lines(text.length))
  const request = Buffer.concat([Buffer.from(head, "latin1"), text])
  const signal = AbortSignal.any([egress.cutSignal, AbortSignal.timeout(timeoutMs)])
  const answer = await askSmall(place, request, signal)
  const inputTokens = answer === undefined || answer.status !== 200 ? undefined : counting.read(answer.body)
  return inputTokens === undefined ? estimated : { ...estimated, inputTokens }
}
