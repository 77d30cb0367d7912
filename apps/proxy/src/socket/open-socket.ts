// Opens a WebSocket of the agent's on an allowed route. It dials the upstream with the headers that
// any request would leave with, accepts the agent's once the upstream has accepted, and joins the
// two.
//
// Bounded: each socket may hold a message on its way to being whole, in memory that is the
// host's and not the bottle's.

import type { CredentialedRoute, Denial, Metering } from "@bot-bottle/contracts"
import { type Scrubber, scrubberOf } from "@bot-bottle/egress"
import { isPlainPath, type ModelApi, readClientSession } from "@bot-bottle/model-apis"
import type { RequestHead } from "@bot-bottle/wire"
import { describeDenial } from "../describe-denial.ts"
import type { OutboundGuard } from "../dlp/outbound-guard.ts"
import type { EgressSwitch } from "../egress-switch.ts"
import type { LimitDesk } from "../limits/limit-desk.ts"
import type { Billing } from "../meter/billing.ts"
import type { ResponseMemory } from "../meter/known-responses.ts"
import type { RequestReader } from "../meter/request-reader.ts"
import { loadProviderHost } from "../metered-hosts.ts"
import type { Takeover } from "../wire/agent/takeover.ts"
import { describeUnanswered } from "../wire/exchange/describe-unanswered.ts"
import type { Place } from "../wire/place.ts"
import { acceptSocket } from "./agent-end.ts"
import { dialSocket } from "./dial-upstream.ts"
import { guardMessages } from "./guard-messages.ts"
import { type Handshake, readProtocols } from "./handshake.ts"
import { acceptanceLines, replyOf } from "./handshake-answer.ts"
import { createLibraryEnd } from "./library-end.ts"
import { createMeteredTurns, type MeteredTurns, type MeteredTurnsOptions } from "./metered-turns.ts"
import { createOutboundQueue, type QueueControls } from "./outbound-queue.ts"
import { joinSockets } from "./relay.ts"
import { scrubberOfMessages } from "./scrub-message.ts"
import { BROKEN, FAILED, GOING_AWAY, POLICY, type SocketEnd } from "./socket-end.ts"

export interface AskedSocket {
  readonly route: CredentialedRoute
  readonly place: Place
  readonly head: RequestHead
  readonly handshake: Handshake
  /** As judged. */
  readonly path: string
  /** As it leaves, with query. */
  readonly target: string
  /** The header lines as they leave. */
  readonly lines: readonly string[]
  readonly guard: OutboundGuard
  /** A message refused in an open socket. */
  readonly recordDenied: (denial: Denial) => void
  readonly recordAnswer: (status: number) => void
  /** The agent's connection. */
  readonly takeover: Takeover
}

/** Never rejects: the agent is told, one way or the other. */
export type OpenSocket = (asked: AskedSocket) => Promise<void>

export interface OpenSocketOptions {
  readonly egress: EgressSwitch
  readonly billing: Billing
  readonly reader: Pick<RequestReader, "carryOut">
  readonly serverFetchLimits: MeteredTurnsOptions["serverFetchLimits"]
  readonly known: ResponseMemory
  readonly limits: Pick<LimitDesk, "noteHandshake" | "noteMessage">
  readonly reportFailure: (error: unknown) => void
  readonly maxSockets?: number
}

/** A message that never ends is held in each: 1.5 GiB at the most. */
const MAX_SOCKETS = 48
const SWITCHING_PROTOCOLS = 101

export function createOpenSocket(options: OpenSocketOptions): OpenSocket {
  const { egress, billing, reader, serverFetchLimits, known, limits, reportFailure, maxSockets = MAX_SOCKETS } = options
  let open = 0

  /** A denial, or how the agent was answered instead. */
  async function openOne(asked: AskedSocket): Promise<Denial | "answered"> {
    const { route, path, takeover } = asked
    const place = asked.place.name
    const { metering } = route
    const api = metering && isPlainPath(path) ? loadProviderHost(metering.api).socketAt(path) : undefined
    if (metering !== undefined && api === undefined) return describeDenial("foreign-protocol", place)
    if (open >= maxSockets) return tooMany(place, maxSockets)

    open += 1
    let isJoined = false
    try {
      const { handshake, target, lines } = asked
      const signal = AbortSignal.any([takeover.signal, egress.cutSignal])
      const { offersDeflate, key } = handshake
      const dialled = await dialSocket(asked.place, {
        target,
        lines,
        protocols: readProtocols(lines),
        offersDeflate,
        signal,
      })
      if (dialled.outcome === "failed") return describeUnanswered(dialled.why, egress, place)
      const scrubber = scrubberOf(route.secret)
      if (dialled.outcome === "answered") {
        asked.recordAnswer(dialled.answer.status)
        limits.noteHandshake(route, dialled.answer)
        const reply = await replyOf(dialled.answer, scrubber, place)
        if ("reason" in reply) return reply
        takeover.reply(reply)
        return "answered"
      }
      const upstream = createLibraryEnd(dialled.socket)
      if (egress.cutState !== undefined || takeover.isGone) {
        upstream.close(BROKEN, "")
        return egress.cutState?.metered ?? describeDenial("upstream-unreachable", place)
      }
      asked.recordAnswer(SWITCHING_PROTOCOLS)
      const agent = await acceptSocket(takeover.take(), {
        key,
        lines: acceptanceLines(dialled.lines, dialled.protocol, scrubber),
      })
      if (agent === undefined) {
        upstream.close(BROKEN, "")
        return "answered"
      }
      isJoined = true
      join(asked, api, agent, upstream, scrubber, () => {
        open -= 1
      })
      return "answered"
    } finally {
      if (!isJoined) open -= 1
    }
  }

  function join(
    asked: AskedSocket,
    api: ModelApi | undefined,
    agent: SocketEnd,
    upstream: SocketEnd,
    scrubber: Scrubber | undefined,
    over: () => void,
  ): void {
    const { route, recordDenied, guard } = asked
    const turns = api && route.metering && createTurns(asked, api, route.metering)
    const untrack = egress.track({
      end(denial) {
        const isAwaited = turns !== undefined && (turns.isUnderWay || outbound.waiting > 0)
        if (isAwaited) agent.send(turns.denial(denial))
        turns?.end("cut")
        end(GOING_AWAY, "")
      },
    })
    const ended = (): void => {
      untrack()
      over()
    }
    const stop = (denial: Denial, controls: QueueControls): void => {
      recordDenied(denial)
      if (turns === undefined) end(POLICY, denial.reason)
      else controls.tell(turns.denial(denial))
    }
    const outbound = createOutboundQueue({
      agent,
      upstream,
      pass: guardMessages(guard, turns?.pass ?? ((message, controls) => controls.forward(message)), stop),
      resume: () => relay.resume(),
      fail(error) {
        reportFailure(error)
        turns?.end("upstream-reset")
        end(FAILED, "")
      },
    })
    const relay = joinSockets({
      agent,
      upstream,
      outbound,
      clean: scrubberOfMessages(scrubber),
      mayLeave(payload) {
        const denial = guard.findInControl(payload)
        if (denial === undefined) return true
        recordDenied(denial)
        turns?.end("client")
        end(POLICY, denial.reason)
        return false
      },
      onInward(message) {
        turns?.observe(message)
        limits.noteMessage(route, message)
      },
      onEnd(by) {
        turns?.end(by === "client" ? "client" : "upstream-reset")
        ended()
      },
    })

    function end(code: number, reason: string): void {
      if (relay.end(code, reason)) ended()
    }
  }

  function createTurns(asked: AskedSocket, modelApi: ModelApi, { provider }: Metering): MeteredTurns {
    const { recordDenied } = asked
    const place = asked.place.name
    const { socket } = modelApi
    if (socket === undefined) throw new Error(`${modelApi.name} has no sockets`)
    const { carryOut } = reader
    const turnsApi = {
      ...socket,
      readMessage: (message: string) => carryOut(modelApi, { kind: "read-message", message, known: known.all }),
      clampOutput: (message: string, maxOutputTokens: number) =>
        carryOut(modelApi, { kind: "clamp-message", message, maxOutputTokens }),
    }
    return createMeteredTurns({
      api: turnsApi,
      provider,
      billing,
      serverFetchLimits,
      known,
      egress,
      place,
      session: readClientSession(asked.lines),
      recordDenied,
    })
  }

  return async (asked) => {
    try {
      const told = await openOne(asked)
      if (told !== "answered") asked.takeover.refuse(told)
    } catch (error) {
      reportFailure(error)
      asked.takeover.refuse(describeDenial("upstream-unreachable", asked.place.name))
    }
  }
}

function tooMany(place: string, maxSockets: number): Denial {
  return {
    reason: "upstream-unreachable",
    message: `${place} was not dialled: this bottle has ${maxSockets} WebSockets open.`,
    hint: "Close one first.",
  }
}
