// Sends one request to a metered host: reserves before it leaves, taps its answer, settles
// when that ends.
//
//   INV-5   No billed request leaves without a reservation.
//   INV-59  Every reservation is closed once: released when no byte left, settled otherwise,
//           with the whole reservation when nobody can say what it cost.

import { addTokens, UNSTATED_OUTPUT_TOKENS } from "@bot-bottle/budget"
import type { ArmedRoute, Denial, RunBudgets, Slug, Usage } from "@bot-bottle/contracts"
import type { GoverningBudget, Ledger, ReserveResult, Settlement } from "@bot-bottle/ledger"
import { type ModelApi, type ModelRequest, type StreamEnd, tailUsage, type UsageTail } from "@bot-bottle/providers"
import { describeDenial, describeExhaustion } from "../denial-words.ts"
import type { EgressSwitch } from "../egress-switch.ts"
import { loadModelApi } from "../metered-hosts.ts"
import { describeUnsent } from "../upstream/describe-unsent.ts"
import { passOn } from "../upstream/pass-on.ts"
import type { Send } from "../upstream/send.ts"
import type { Enforcement } from "./enforcement.ts"
import { countExactly } from "./exact-count.ts"
import type { LedgerOutage } from "./ledger-outage.ts"
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
  readonly outage: LedgerOutage
  /** True once the launcher has died: what breaks off then is charged as a crash is, in full. */
  readonly isOrphaned: () => boolean
}

/** Less output than this is no answer to anything; a client that asks for less itself gets it. */
const MIN_OUTPUT_TOKENS = 128
/** The launcher's death ends the bottle and our stdin in the same instant; which is seen first is chance. */
const LAUNCHER_NEWS_MS = 20
const EVENT_STREAM = "text/event-stream"

export function createForwardMetered(options: ForwardMeteredOptions): ForwardMetered {
  const { slug, budgets, ledger, writes, egress, enforcement, outage, isOrphaned } = options

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
    const estimated = body.outcome === "read" ? await api.readRequest(body.bytes) : undefined
    if (body.outcome !== "read" || estimated === undefined) return describeDenial("foreign-protocol", place)
    const { counting } = api
    const asksProvider = budgets.gateExact === true && budgets.gate === "reserve" && counting !== undefined
    const model = asksProvider
      ? await countExactly(asked, body.bytes, estimated, { counting, cutSignal: egress.cutSignal })
      : estimated

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
      outage.over()
    } catch (error) {
      outage.seen(error)
      return describeDenial("ledger-unavailable", place)
    }
    if (reservation.outcome === "refused") {
      enforcement.refused(reservation.governing)
      return describeExhaustion(slug, budgets.policy, reservation.governing)
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
    const abandon = (how: "never left" | "may have left"): void => {
      stream.over()
      writes.enqueue(() => (how === "never left" ? ledger.release(requestId) : settle(asked, unknownCost(asked))))
    }

    const sent = await send({ method: request.method, target, headers, body, signal: upstream.signal })
    if (sent.outcome !== "answered") {
      abandon(sent.outcome === "refused" && !sent.mayHaveLeft ? "never left" : "may have left")
      return describeUnsent(sent, egress, place)
    }
    try {
      const passed = await passOn(route, sent.response)
      const tail = tapUsage(asked, passed, upstream, (end) => {
        stream.over()
        writes.enqueue(() => settleEnded(asked, end, passed.status))
      })
      stream.started(tail, passed)
      return new Response(tail.body, { status: passed.status, headers: passed.headers })
    } catch (error) {
      abandon("may have left")
      upstream.abort("failed")
      if (isReset(error)) return describeDenial("upstream-unreachable", place)
      throw error
    }
  }

  /**
   * With the gate off the first usage of a stream may show that its input alone is too much; the
   * last, at its end, must not cut off an answer that is paid for. A reservation needs neither.
   */
  function watchEarlyUsage(governing: GoverningBudget | undefined) {
    if (governing === undefined || budgets.gate === "reserve") return {}
    let seen = false
    const onUsage = (usage: Usage): void => {
      if (!seen) enforcement.streaming(governing, usage)
      seen = true
    }
    return { onUsage }
  }

  function tapUsage(
    asked: ReservedRequest,
    passed: Response,
    upstream: AbortController,
    onEnd: (end: StreamEnd) => void,
  ): UsageTail {
    const { api, model, reservation } = asked
    const mediaType = mediaTypeOf(passed.headers)
    return tailUsage({
      upstream: passed.body,
      meter: api.createMeter({
        status: passed.status,
        contentType: mediaType,
        streamRequested: model.stream,
        inputTokens: model.inputTokens,
      }),
      contentEncoding: passed.headers.get("content-encoding") ?? "",
      abort: (reason) => upstream.abort(reason),
      onEnd,
      ...(mediaType === EVENT_STREAM ? watchEarlyUsage(reservation.governing) : {}),
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
        if (mediaTypeOf(response.headers) === EVENT_STREAM) ending = (denial) => api.streamEnding(denial)
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

  async function settleEnded(asked: ReservedRequest, end: StreamEnd, upstreamStatus: number): Promise<void> {
    const settlement = settlementOf(asked, end, upstreamStatus)
    const brokeOff = end.reading.how === "cut-short"
    if (brokeOff && end.by !== "upstream") await Bun.sleep(LAUNCHER_NEWS_MS)
    await settle(asked, brokeOff && isOrphaned() ? { ...settlement, atLeastTokens: mostItCosts(asked) } : settlement)
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

/** Bun throws it from `response.body` when the upstream was gone by the time the body was asked for. */
function isReset(error: unknown): boolean {
  return error instanceof Error && "code" in error && error.code === "ECONNRESET"
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
