// Sends one request to a metered host: reserves before it leaves, taps its answer, settles
// when that ends.
//
//   INV-5   No billed request leaves without a reservation.

import type { Denial, RunBudgets } from "@bot-bottle/contracts"
import {
  isPlainPath,
  type ModelApi,
  type ModelRequest,
  type StreamEnd,
  tailUsage,
  type UsageTail,
} from "@bot-bottle/model-apis"
import { describeDenial, describeUnmetered } from "../denial-words.ts"
import { sendGuarded } from "../dlp/send-guarded.ts"
import type { EgressSwitch } from "../egress-switch.ts"
import { loadProviderHost } from "../metered-hosts.ts"
import { describeUnsent } from "../upstream/describe-unsent.ts"
import { passOn } from "../upstream/pass-on.ts"
import type { Bill, Billing } from "./billing.ts"
import { countExactly } from "./exact-count.ts"
import type { ResponseMemory } from "./known-responses.ts"
import { type LimitedRequest, limitServerFetches, type ServerFetchLimits } from "./limit-server-fetches.ts"
import type { MeteredRequest } from "./metered-request.ts"
import { readBody } from "./read-body.ts"
import type { RequestReader } from "./request-reader.ts"

export type ForwardMetered = (asked: MeteredRequest) => Promise<Response | Denial>

export interface ForwardMeteredOptions {
  readonly budgets: () => RunBudgets
  readonly egress: EgressSwitch
  readonly billing: Billing
  readonly reader: Pick<RequestReader, "carryOut">
  readonly known: ResponseMemory
  readonly serverFetchLimits: (place: string) => ServerFetchLimits
}

const EVENT_STREAM = "text/event-stream"
/** What an answer is that goes on for a while, and so can be ended with our words. */
const STREAM_TYPES = { events: EVENT_STREAM, lines: "application/x-ndjson" } as const

export function createForwardMetered(options: ForwardMeteredOptions): ForwardMetered {
  const { budgets, egress, billing, reader, known, serverFetchLimits } = options
  const { carryOut } = reader

  return async (asked) => {
    const { route, request, path, place } = asked
    const { metering } = route
    if (metering === undefined) throw new Error(`Route ${route.host} is not metered`)
    if (!isPlainPath(path)) return describeDenial("method-or-path-not-allowed", place)
    const call = loadProviderHost(metering.api).decideCall(request.method, path)
    if (call.kind === "refused") return describeUnmetered(place, call.what)
    if (call.kind === "free") return forwardUnbilled(asked, egress)
    const { api } = call

    const body = await readBody(request)
    if (body.outcome === "too-large") return describeDenial("body-too-large", place)
    const found = body.outcome === "read" ? await asked.guard.passWhole(body.bytes) : undefined
    if (found !== undefined) return found
    const estimated =
      body.outcome === "read" ? await carryOut(api, { kind: "read", body: body.bytes, known: known.all }) : undefined
    if (body.outcome !== "read" || estimated === undefined) return describeDenial("foreign-protocol", place)
    const tools = { carryOut, known: known.all }
    const limited = await limitServerFetches(
      api,
      { model: estimated, body: body.bytes },
      serverFetchLimits(place),
      tools,
    )
    if ("reason" in limited) return limited
    const model = await count(asked, api, limited)
    const bill = await billing.reserve(metering.provider, model, place)
    if ("reason" in bill) return bill
    const { clampOutputTokens } = bill
    const bytes =
      clampOutputTokens === undefined
        ? limited.body
        : await carryOut(api, { kind: "clamp", body: limited.body, maxOutputTokens: clampOutputTokens })
    if (bytes === undefined) {
      bill.release()
      return describeDenial("foreign-protocol", place)
    }
    return forwardReserved({ ...asked, api, model, bill, body: bytes as Uint8Array<ArrayBuffer> })
  }

  async function count(asked: MeteredRequest, api: ModelApi, limited: LimitedRequest): Promise<ModelRequest> {
    const { counting } = api
    const { gate, gateExact } = budgets()
    if (counting === undefined || gateExact !== true || gate !== "reserve") return limited.model
    const request = (target: string, body: Uint8Array) => carryOut(api, { kind: "ask-count", target, body })
    const options = { counting: { ...counting, request }, cutSignal: egress.cutSignal }
    return countExactly(asked, limited.body, limited.model, options)
  }

  async function forwardReserved(asked: ReservedRequest): Promise<Response | Denial> {
    const { request, bill, headers, send, target, body, place, route } = asked
    // While the ledger was asked, the run may have been cut or the client may have left.
    if (egress.cutState !== undefined || request.signal.aborted) {
      bill.release()
      return egress.cutState?.metered ?? describeDenial("upstream-unreachable", place)
    }

    headers.delete("content-encoding")
    headers.delete("content-length")
    // A stream can be ended with a readable event only when its bytes are not compressed.
    headers.set("accept-encoding", "identity")
    const upstream = new AbortController()
    const stream = trackStream(asked, upstream)

    const sent = await send({ method: request.method, target, headers, body, signal: upstream.signal })
    if (sent.outcome !== "answered") {
      stream.over()
      if (sent.outcome === "aborted") bill.settleUnknown()
      else if (sent.mayHaveLeft) bill.settleUnanswered()
      else bill.release()
      return describeUnsent(sent, egress, place)
    }
    try {
      const passed = await passOn(route, sent.response)
      const tail = tapUsage(asked, passed, upstream, (end) => {
        stream.over()
        bill.settle(end, passed.status)
      })
      stream.started(tail, passed)
      return new Response(tail.body, { status: passed.status, headers: passed.headers })
    } catch (error) {
      stream.over()
      bill.settleUnknown()
      upstream.abort("failed")
      if (isReset(error)) return describeDenial("upstream-unreachable", place)
      throw error
    }
  }

  function tapUsage(
    asked: ReservedRequest,
    passed: Response,
    upstream: AbortController,
    onEnd: (end: StreamEnd) => void,
  ): UsageTail {
    const { api, model, bill } = asked
    const mediaType = mediaTypeOf(passed.headers)
    const meter = api.createMeter({ status: passed.status, contentType: mediaType, request: model })
    return tailUsage({
      upstream: passed.body,
      meter,
      contentEncoding: passed.headers.get("content-encoding") ?? "",
      ...(api.framing !== undefined && { framing: api.framing }),
      abort: (reason) => upstream.abort(reason),
      onEnd(end) {
        // For the requests that continue it.
        const { chain } = meter
        if (chain !== undefined) known.remember(chain.responseId, chain.tokens)
        onEnd(end)
      },
      ...(mediaType === EVENT_STREAM && bill.watch !== undefined ? { onUsage: bill.watch } : {}),
    })
  }

  /** Ends the request when the run is cut or the client leaves, whatever it is waiting for. */
  function trackStream({ request, api }: ReservedRequest, upstream: AbortController) {
    let tail: UsageTail | undefined
    let ending: (denial: Denial) => Uint8Array | undefined = () => undefined
    const leave = () => (tail === undefined ? upstream.abort("client gone") : tail.cut())
    const untrack = egress.track({
      end: (denial) => (tail === undefined ? upstream.abort("cut") : tail.cut(ending(denial))),
    })
    request.signal.addEventListener("abort", leave)
    return {
      started(begun: UsageTail, response: Response): void {
        tail = begun
        const streamType = STREAM_TYPES[api.framing ?? "events"]
        if (mediaTypeOf(response.headers) === streamType) ending = (denial) => api.streamEnding(denial)
        const { cutState } = egress
        if (cutState !== undefined) begun.cut(ending(cutState.metered))
        if (request.signal.aborted) begun.cut()
      },
      over(): void {
        untrack()
        request.signal.removeEventListener("abort", leave)
      },
    }
  }
}

interface ReservedRequest extends MeteredRequest {
  readonly api: ModelApi
  readonly model: ModelRequest
  readonly bill: Bill
  readonly body: Uint8Array<ArrayBuffer>
}

/** Model lists and the like: no reservation, but a cut ends them too. */
async function forwardUnbilled(asked: MeteredRequest, egress: EgressSwitch): Promise<Response | Denial> {
  const { request, route, headers, send, target, place, guard } = asked
  const sent = await sendGuarded(guard, request, { target, headers, send, signal: egress.cutSignal })
  if (sent.outcome === "stopped") return sent.denial
  return sent.outcome === "answered" ? passOn(route, sent.response) : describeUnsent(sent, egress, place)
}

/** Bun throws it from `response.body` when the upstream was gone by the time the body was asked for. */
function isReset(error: unknown): boolean {
  return error instanceof Error && "code" in error && error.code === "ECONNRESET"
}

function mediaTypeOf(headers: Headers): string {
  return (headers.get("content-type") ?? "").split(";", 1)[0]?.trim().toLowerCase() ?? ""
}
