// Lets an agent's messages through to a provider one billed turn after the other. Each turn is
// reserved before it leaves, its events are tapped, and it is settled when they end.
//
// One at a time, because an event need not say which message it answers. A message that comes
// meanwhile waits, and so do all behind it. A message that is never billed is passed on at once
// when nothing waits.
//
//   INV-5  Over a metered socket nothing billed leaves without a reservation, and what is not understood
//          does not leave. However a turn ends, it is settled.

import type { Denial, ProviderName } from "@bot-bottle/contracts"
import type { ClientSession, MeterReading, SocketApi, SocketMessage, SocketMeter } from "@bot-bottle/model-apis"
import { describeDenial } from "../describe-denial.ts"
import type { EgressSwitch } from "../egress-switch.ts"
import type { Bill, Billing } from "../meter/billing.ts"
import type { ResponseMemory } from "../meter/known-responses.ts"
import { findFetchRefusal, type ServerFetchLimits } from "../meter/limit-server-fetches.ts"
import type { QueueControls } from "./outbound-queue.ts"
import type { SocketText } from "./socket-end.ts"

export interface MeteredTurns {
  /** The agent's next message. */
  pass(message: SocketText, controls: QueueControls): Promise<void>
  /** The upstream's messages, once they are on their way to the agent. */
  observe(message: SocketText): void
  readonly isUnderWay: boolean
  /** A refusal as this API says it in a socket. */
  denial(denial: Denial): string
  /** The socket is over: settles what is under way. */
  end(by: "client" | "upstream-reset" | "cut"): void
}

/** An API's, with the steps that take long for a large message done where they may. Undefined: it could not be done. */
export interface TurnsApi extends Pick<SocketApi, "createMeter" | "denial"> {
  readMessage(...asked: Parameters<SocketApi["readMessage"]>): Awaitable<SocketMessage | undefined>
  clampOutput(...asked: Parameters<SocketApi["clampOutput"]>): Awaitable<string | undefined>
}

type Awaitable<T> = T | Promise<T>

export interface MeteredTurnsOptions {
  readonly api: TurnsApi
  readonly provider: ProviderName
  readonly billing: Billing
  readonly serverFetchLimits: (place: string) => ServerFetchLimits
  readonly known: ResponseMemory
  readonly egress: Pick<EgressSwitch, "cutState">
  /** For messages. */
  readonly place: string
  /** As the handshake names it. */
  readonly session: ClientSession | undefined
  readonly recordDenied: (denial: Denial) => void
}

interface Turn {
  readonly bill: Bill
  readonly meter: SocketMeter
  /** The meter threw: where this turn ends cannot be seen any more. */
  isBroken: boolean
  readonly over: PromiseWithResolvers<void>
}

/** The status of a request that became a socket. */
export const SWITCHING_PROTOCOLS = 101

export function createMeteredTurns(options: MeteredTurnsOptions): MeteredTurns {
  const { api, provider, billing, serverFetchLimits, known, egress, place, session, recordDenied } = options
  let isOver = false
  let turn: Turn | undefined

  async function pass(message: SocketText, controls: QueueControls): Promise<void> {
    const refuse = (denial: Denial): void => {
      recordDenied(denial)
      controls.tell(api.denial(denial))
    }
    const text = textOf(message)
    let read = text === undefined ? undefined : await api.readMessage(text, known)
    if (read?.kind === "free") return controls.forward(message)
    if (turn !== undefined) {
      // Also what is refused waits: an error in the middle of an answer would seem to be the answer's.
      await turn.over.promise
      if (turn?.isBroken === true) throw new Error("The meter of the turn before is broken")
      // It may continue the response that has just ended.
      read = text === undefined ? undefined : await api.readMessage(text, known)
    }
    if (isOver) return
    if (text === undefined || read?.kind !== "billed") return refuse(describeDenial("foreign-protocol", place))

    const unlisted = findFetchRefusal(read.request, serverFetchLimits(place))
    if (unlisted !== undefined) return refuse(unlisted)
    const bill = await billing.reserve(provider, read.request, place, {
      get isGone() {
        return isOver
      },
      watch: () => () => {},
      session,
    })
    if ("reason" in bill) return refuse(bill)
    const { clampOutputTokens } = bill
    const leaving = clampOutputTokens === undefined ? message : await clamp(message, text, clampOutputTokens, bill)
    // While the ledger was asked, the run may have been cut or the agent may have left.
    if (leaving === undefined || isOver || egress.cutState !== undefined) {
      bill.release()
      if (leaving === undefined) refuse(describeDenial("foreign-protocol", place))
      return
    }
    turn = { bill, meter: api.createMeter(read.request), isBroken: false, over: Promise.withResolvers() }
    controls.forward(leaving)
  }

  async function clamp(
    message: SocketText,
    text: string,
    maxOutputTokens: number,
    bill: Bill,
  ): Promise<SocketText | undefined> {
    try {
      const clamped = await api.clampOutput(text, maxOutputTokens)
      return typeof message === "string" || clamped === undefined ? clamped : new TextEncoder().encode(clamped)
    } catch (error) {
      // Our own failure: nothing left, so nothing is charged.
      bill.release()
      throw error
    }
  }

  function closeTurn(by: "upstream" | "upstream-reset" | "client" | "cut"): void {
    if (turn === undefined) return
    const { bill, meter, isBroken, over } = turn
    turn = undefined
    const reading = isBroken ? brokenReading(meter) : takeReading(meter, by === "upstream" ? "finished" : "torn")
    if (meter.responseId !== undefined && by === "upstream") known.remember(meter.responseId, meter.chainTokens)
    bill.settle({ by, reading }, SWITCHING_PROTOCOLS)
    over.resolve()
  }

  return {
    pass,
    observe(message) {
      if (turn === undefined || turn.isBroken) return
      const { meter, bill } = turn
      const before = meter.usage
      try {
        meter.push(textOf(message) ?? "")
      } catch {
        // The stream continues; the reading will say that the meter does not know.
        turn.isBroken = true
        turn.over.resolve()
        return
      }
      if (meter.ended) closeTurn("upstream")
      else if (meter.usage !== before) bill.watch?.(meter.usage)
    },
    get isUnderWay() {
      return turn !== undefined
    },
    denial: (denial) => api.denial(denial),
    end(by) {
      isOver = true
      closeTurn(by)
    },
  }
}

/** Undefined for bytes that are not UTF-8. */
function textOf(message: SocketText): string | undefined {
  if (typeof message === "string") return message
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(message)
  } catch {
    // No text: its sender's fault, and said to it by the caller.
    return undefined
  }
}

function takeReading(meter: SocketMeter, how: "finished" | "torn"): MeterReading {
  try {
    return meter.end(how)
  } catch {
    return brokenReading(meter)
  }
}

/** The result when the meter itself failed: the usage it saw, and no less than the reservation. */
function brokenReading(meter: SocketMeter): MeterReading {
  return { how: "cut-short", usage: meter.usage, estimated: true, settleAtLeastReservation: true }
}
