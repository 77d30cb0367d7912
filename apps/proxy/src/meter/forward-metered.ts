// Sends one request to a metered host: reserves before it leaves, taps its answer, settles
// when that ends.
//
//   INV-5   No billed request leaves without a reservation.
//   INV-59  Every reservation is closed once: released when no byte left, settled otherwise,
//           with the whole reservation when nobody can say what it cost.

import { addTokens, UNSTATED_OUTPUT_TOKENS } from "@bot-bottle/budget"
import type { ArmedRoute, Denial, RunBudgets, Slug, Usage } from "@bot-bottle/contracts"
import type { Ledger, ReserveResult, Settlement } from "@bot-bottle/ledger"
import { type ModelApi, type ModelRequest, type StreamEnd, tailUsage, type UsageTail } from "@bot-bottle/providers"
import { describeDenial, describeExhaustion } from "../denial-words.ts"
import type { EgressSwitch } from "../egress-switch.ts"
import { loadModelApi } from "../metered-hosts.ts"
import { describeUnsent } from "../upstream/describe-unsent.ts"
import { passOn } from "../upstream/pass-on.ts"
import type { Send } from "../upstream/send.ts"
import type { Enforcement } from "./enforcement.ts"
import type { LedgerWrites } from "./ledger-writes.ts"
import { readBody } from "./read-body.ts"

export interface MeteredRequest {
  readonly route: ArmedRoute
  readonly request: Request
  /** As judged. */
  readonly path: string
  /** As it leaves, with query. */
  readonly target: string
  readonly headers: Headers
  readonly send: Send
  /** For messages. */
  readonly place: string
}

export type ForwardMetered = (asked: MeteredRequest) => Promise<Response | Denial>

export interface ForwardMeteredOptions {
  readonly slug: Slug
  readonly budgets: RunBudgets
  readonly ledger: Pick<Ledger, "reserve" | "settle" | "release">
  readonly writes: LedgerWrites
  readonly egress: EgressSwitch
  readonly enforcement: Enforcement
  readonly onLedgerFailure: (error: unknown) => void
}

/** Less output than this is no answer to anything; a client that asks for less itself gets it. */
const MIN_OUTPUT_TOKENS = 128

export function createForwardMetered(options: ForwardMeteredOptions): ForwardMetered {
  const { slug, budgets, ledger, writes, egress, enforcement, onLedgerFailure } = options

  return async (asked) => {
    const { route, request, path, place } = asked
    const { metering } = route
    if (metering === undefined) throw new Error(`Route ${route.host} is not metered`)
    const api = loadModelApi(metering.api)
    if (!isPlainPath(path) || api.isRefused(request.method, path))
      return describeDenial("method-or-path-not-allowed", place)
    if (!api.isBilled(request.method, path)) return forwardUnbilled(asked, egress)

    const body = await readBody(request)
    if (body.outcome === "too-large") return describeDenial("body-too-large", place)
    const model = body.outcome === "read" ? api.readRequest(body.bytes) : undefined
    if (body.outcome !== "read" || model === undefined) return describeDenial("foreign-protocol", place)

    const requestId = Bun.randomUUIDv7()
    let reservation: ReserveResult
    try {
      const asking = {
        requestId,
        slug,
        budgets,
        provider: metering.provider,
        ...model,
        minOutputTokens: MIN_OUTPUT_TOKENS,
      }
      reservation = await ledger.reserve(asking)
    } catch (error) {
      onLedgerFailure(error)
      return describeDenial("ledger-unavailable", place)
    }
    if (reservation.outcome === "refused") {
      enforcement.refused(reservation.governing)
      return describeExhaustion(slug, reservation.governing)
    }
    const bytes =
      reservation.clampOutputTokens === undefined
        ? body.bytes
        : api.clampOutput(body.bytes, reservation.clampOutputTokens)
    return forwardReserved({ ...asked, api, model, reservation, body: new Uint8Array(bytes) })
  }

  async function forwardReserved(asked: ReservedRequest): Promise<Response | Denial> {
    const { request, reservation, headers, send, target, body, place, route } = asked
    const { requestId } = reservation
    // While the ledger was asked, the run may have been cut or the client may have left.
    if (egress.cutState !== undefined || request.signal.aborted) {
      writes.enqueue(() => ledger.release(requestId))
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
      const neverLeft = sent.outcome === "refused" && !sent.mayHaveLeft
      writes.enqueue(() => (neverLeft ? ledger.release(requestId) : settle(asked, unknownCost(asked))))
      return describeUnsent(sent, egress, place)
    }

    const status = sent.response.status
    const passed = await passOn(route, sent.response)
    const tail = tapUsage(asked, passed, upstream, (end) => {
      stream.over()
      writes.enqueue(() => settle(asked, settlementOf(asked, end, status)))
    })
    stream.started(tail, passed)
    return new Response(tail.body, { status, headers: passed.headers })
  }

  function tapUsage(
    asked: ReservedRequest,
    passed: Response,
    upstream: AbortController,
    onEnd: (end: StreamEnd) => void,
  ): UsageTail {
    const { api, model, reservation } = asked
    const { governing } = reservation
    return tailUsage({
      upstream: passed.body,
      meter: api.createMeter({
        status: passed.status,
        contentType: mediaTypeOf(passed.headers),
        streamRequested: model.stream,
        inputTokens: model.inputTokens,
      }),
      contentEncoding: passed.headers.get("content-encoding") ?? "",
      abort: (reason) => upstream.abort(reason),
      onEnd,
      ...(governing === undefined ? {} : { onUsage: (usage: Usage) => enforcement.streaming(governing, usage) }),
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
        if (mediaTypeOf(response.headers) === "text/event-stream") ending = (denial) => api.streamEnding(denial)
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

  async function settle({ reservation }: ReservedRequest, settlement: Settlement): Promise<void> {
    const result = await ledger.settle(reservation.requestId, settlement)
    if (result.settled) enforcement.settled(result)
  }
}

interface ReservedRequest extends MeteredRequest {
  readonly api: ModelApi
  readonly model: ModelRequest
  readonly reservation: Extract<ReserveResult, { outcome: "reserved" }>
  readonly body: Uint8Array<ArrayBuffer>
}

/** Model lists and the like: no reservation, but a cut ends them too. */
async function forwardUnbilled(asked: MeteredRequest, egress: EgressSwitch): Promise<Response | Denial> {
  const { request, route, headers, send, target, place } = asked
  const signal = AbortSignal.any([request.signal, egress.cutSignal])
  const sent = await send({ method: request.method, target, headers, body: request.body, signal })
  return sent.outcome === "answered" ? passOn(route, sent.response) : describeUnsent(sent, egress, place)
}

/**
 * The provider's own paths have none of this; a path that is spelled another way here and
 * read as a billed one there would be a request nobody counts.
 */
function isPlainPath(path: string): boolean {
  return /^\/[A-Za-z0-9._~!$&'()*+,=:@/-]*$/.test(path) && !path.includes("//")
}

function mediaTypeOf(headers: Headers): string {
  return (headers.get("content-type") ?? "").split(";", 1)[0]?.trim().toLowerCase() ?? ""
}

/** It left, or may have, and nothing came back. */
function unknownCost(asked: ReservedRequest): Settlement {
  const most = mostItCosts(asked)
  const { inputTokens } = asked.model
  const usage = {
    inputTokens,
    cacheReadTokens: 0,
    cacheWriteTokens: 0,
    outputTokens: Math.max(0, most - inputTokens),
    reasoningTokens: 0,
  }
  return { how: "cut-short", usage, estimated: true, atLeastTokens: most }
}

function settlementOf(asked: ReservedRequest, { reading }: StreamEnd, upstreamStatus: number): Settlement {
  const { how, usage, estimated, settleAtLeastReservation, model, providerRequestId } = reading
  return {
    how: how === "complete" ? "settled" : how === "cut-short" ? "cut-short" : "failed",
    usage,
    estimated,
    upstreamStatus,
    ...(settleAtLeastReservation === undefined ? {} : { atLeastTokens: mostItCosts(asked) }),
    ...(model === undefined ? {} : { model }),
    ...(providerRequestId === undefined ? {} : { providerRequestId }),
  }
}

/** The reservation, or with the gate off what it would have been. */
function mostItCosts({ reservation, model }: ReservedRequest): number {
  if (reservation.reservedTokens > 0) return reservation.reservedTokens
  return addTokens(model.inputTokens, model.maxOutputTokens ?? UNSTATED_OUTPUT_TOKENS)
}
