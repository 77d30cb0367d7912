// Opens a WebSocket of the agent's on an allowed route: dials the upstream with the headers that
// any request would leave with, takes the agent's up when the upstream has, and joins the two.
//
// Bounded: each socket may hold a message on its way to being whole, in memory that is the
// host's and not the bottle's.

import type { CredentialedRoute, Denial, Metering } from "@bot-bottle/contracts"
import { isPlainPath, type ModelApi } from "@bot-bottle/model-apis"
import { describeDenial } from "../denial-words.ts"
import type { OutboundGuard } from "../dlp/outbound-guard.ts"
import type { EgressSwitch } from "../egress-switch.ts"
import type { Billing } from "../meter/billing.ts"
import type { ResponseMemory } from "../meter/known-responses.ts"
import type { RequestReader } from "../meter/request-reader.ts"
import { loadProviderHost } from "../metered-hosts.ts"
import { describeUnsent } from "../upstream/describe-unsent.ts"
import { passOn } from "../upstream/pass-on.ts"
import { type AgentSocket, createAgentEnd } from "./agent-end.ts"
import type { DialUpstream } from "./dial-upstream.ts"
import { guardMessages } from "./guard-messages.ts"
import { type Handshake, readProtocols } from "./handshake.ts"
import { createMeteredTurns, type MeteredTurns, type MeteredTurnsOptions } from "./metered-turns.ts"
import { createOutboundQueue, type QueueControls } from "./outbound-queue.ts"
import { joinSockets } from "./relay.ts"
import { BROKEN, FAILED, GOING_AWAY, POLICY, type SocketEnd } from "./socket-end.ts"
import { createUpstreamEnd } from "./upstream-end.ts"

export interface AskedSocket {
  readonly route: CredentialedRoute
  readonly request: Request
  readonly handshake: Handshake
  /** As judged. */
  readonly path: string
  /** As it leaves, with query. */
  readonly target: string
  readonly headers: Headers
  readonly dial: DialUpstream
  /** Takes the agent's handshake up; false when the agent has left. */
  readonly upgrade: Upgrade
  /** For messages. */
  readonly place: string
  readonly guard: OutboundGuard
  /** A message refused in an open socket. */
  readonly recordDenied: (denial: Denial) => void
}

export type Upgrade = (options: { readonly data: AgentSocket; readonly headers: Headers }) => boolean

/** A response when the upstream answered the handshake with something else. */
export type OpenSocket = (asked: AskedSocket) => Promise<"opened" | Response | Denial>

export interface OpenSocketOptions {
  readonly egress: EgressSwitch
  readonly billing: Billing
  readonly reader: Pick<RequestReader, "carryOut">
  readonly serverFetchLimits: MeteredTurnsOptions["serverFetchLimits"]
  readonly known: ResponseMemory
  readonly reportFailure: (error: unknown) => void
  readonly maxSockets?: number
}

/** A message that never ends is held in each: 1.5 GiB at the most. */
const MAX_SOCKETS = 48

export function createOpenSocket(options: OpenSocketOptions): OpenSocket {
  const { egress, billing, reader, serverFetchLimits, known, reportFailure, maxSockets = MAX_SOCKETS } = options
  let open = 0

  return async (asked) => {
    const { route, request, handshake, path, target, headers, dial, place } = asked
    const { metering } = route
    const api = metering && isPlainPath(path) ? loadProviderHost(metering.api).socketAt(path) : undefined
    if (metering !== undefined && api === undefined) return describeDenial("foreign-protocol", place)
    if (open >= maxSockets) return tooMany(place, maxSockets)

    open += 1
    let isJoined = false
    try {
      const signal = AbortSignal.any([request.signal, egress.cutSignal])
      const { offersDeflate } = handshake
      const dialled = await dial({ target, headers, protocols: readProtocols(headers), offersDeflate, signal })
      if (dialled.outcome === "answered") return await passOn(route, dialled.response)
      if (dialled.outcome !== "opened") return describeUnsent(dialled, egress, place)

      const upstream = createUpstreamEnd(dialled.socket)
      const agent = createAgentEnd()
      const answer = await passOn(route, new Response(null, { headers: dialled.headers }))
      if (
        egress.cutState !== undefined ||
        !asked.upgrade({ data: agent.data, headers: answerHeaders(answer, dialled.protocol) })
      ) {
        upstream.close(BROKEN, "")
        return egress.cutState?.metered ?? describeDenial("upstream-unreachable", place)
      }
      isJoined = true
      join(asked, api, agent.end, upstream, () => {
        open -= 1
      })
      return "opened"
    } finally {
      if (!isJoined) open -= 1
    }
  }

  function join(
    asked: AskedSocket,
    api: ModelApi | undefined,
    agent: SocketEnd,
    upstream: SocketEnd,
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
      onInward: (message) => turns?.observe(message),
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
    const { place, recordDenied } = asked
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
      recordDenied,
    })
  }
}

/** Of the upstream's answer, for ours: what is said between it and us stays there. */
function answerHeaders({ headers }: Response, protocol: string): Headers {
  const passed = new Headers(headers)
  for (const name of [...passed.keys()]) if (HANDSHAKE_ANSWER.test(name)) passed.delete(name)
  if (protocol !== "") passed.set("sec-websocket-protocol", protocol)
  return passed
}

const HANDSHAKE_ANSWER = /^(?:upgrade|connection|sec-websocket-.*|content-length|transfer-encoding)$/

function tooMany(place: string, maxSockets: number): Denial {
  return {
    reason: "upstream-unreachable",
    message: `${place} was not dialled: this bottle has ${maxSockets} WebSockets open.`,
    hint: "Close one first.",
  }
}
