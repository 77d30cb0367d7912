// Asks the provider what a request's input counts, before tokens are reserved for it.
//
// The call goes where the request will go, with the same credential. It is not billed, so it is
// in no book; and it decides nothing but the size of a reservation, so whatever goes wrong with
// it, the local estimate stands. Nobody waits for it longer than `TIMEOUT_MS`.

import type { InputCounting, ModelRequest } from "@bot-bottle/model-apis"
import type { MeteredRequest } from "./metered-request.ts"

const TIMEOUT_MS = 2_000
const MAX_ANSWER_BYTES = 64 * 1024

export interface ExactCountOptions {
  readonly counting: AskedCounting
  /** Fires when the run is cut: nothing leaves after that. */
  readonly cutSignal: AbortSignal
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
  asked: Pick<MeteredRequest, "request" | "target" | "headers" | "send">,
  body: Uint8Array,
  estimated: ModelRequest,
  { counting, cutSignal, timeoutMs = TIMEOUT_MS }: ExactCountOptions,
): Promise<ModelRequest> {
  const question = await counting.request(asked.target, body)
  if (question === undefined) return estimated

  const headers = new Headers(asked.headers)
  headers.delete("content-encoding")
  headers.delete("content-length")
  headers.set("accept-encoding", "identity")
  const signal = AbortSignal.any([asked.request.signal, cutSignal, AbortSignal.timeout(timeoutMs)])
  const { target } = question
  const sent = await asked.send({ method: "POST", target, headers, body: Buffer.from(question.body), signal })
  if (sent.outcome !== "answered") return estimated

  const answer = await readSmall(sent.response, signal)
  const inputTokens = answer === undefined || sent.response.status !== 200 ? undefined : counting.read(answer)
  return inputTokens === undefined ? estimated : { ...estimated, inputTokens }
}

/** Undefined for an answer that is too large, torn, or not there in time. */
async function readSmall(response: Response, signal: AbortSignal): Promise<Uint8Array | undefined> {
  const parts: Uint8Array[] = []
  let size = 0
  try {
    for await (const part of response.body ?? []) {
      size += part.length
      if (size > MAX_ANSWER_BYTES || signal.aborted) return undefined
      parts.push(part)
    }
  } catch {
    // The connection's end, or ours: there is no count, and an estimate for that case.
    return undefined
  }
  return Buffer.concat(parts)
}
