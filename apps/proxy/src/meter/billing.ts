// Opens and closes a billed request's place in the ledger, whatever carries the request.
//
//   INV-9  Every reservation is closed once: released when no byte left, settled otherwise, with the whole
//          reservation when nobody can say what it cost. An upstream that ended without a byte of an answer
//          is charged the input alone.

import { addTokens, chargeTokens, type HighestRates, highestPrice, UNSTATED_OUTPUT_TOKENS } from "@bot-bottle/budget"
import { type Denial, NO_USAGE, type ProviderName, type RunBudgets, type Slug, type Usage } from "@bot-bottle/contracts"
import type { Ledger, ReserveResult, Settlement } from "@bot-bottle/ledger"
import type { ClientSession, MeterReading, ModelRequest, StreamEnd } from "@bot-bottle/model-apis"
import {
  describeDenial,
  describeExhaustion,
  describeFanOut,
  describeNoPrice,
  type WeighedRequest,
} from "../describe-denial.ts"
import type { Enforcement } from "./enforcement.ts"
import type { FailureLimit } from "./failure-limit.ts"
import type { LedgerOutage } from "./ledger-outage.ts"
import type { LedgerWrites } from "./ledger-writes.ts"
import type { Pricing, PricingFacts } from "./pricing.ts"
import type { TurnQueue, Waiting } from "./turn-queue.ts"

export interface Billing {
  /** `place` is the canonical host: whose prices hold, and for messages. Takes nothing when it refuses. Waits while the run asks faster than it may. */
  reserve(provider: ProviderName, model: ModelRequest, place: string, client: BillingClient): Promise<Bill | Denial>
}

export interface BillingClient extends Waiting {
  readonly session: ClientSession | undefined
}

/** One of the three closes it; what is called later does nothing. */
export interface Bill {
  /** The output limit that the request must be lowered to before it leaves. */
  readonly clampOutputTokens: number | undefined
  /** No byte of it left. */
  release(): void
  /** It left, or may have, and nobody waited for its answer. */
  settleUnknown(): void
  /** It left, or may have, and the upstream ended without a byte of an answer. */
  settleUnanswered(): void
  settle(end: StreamEnd, upstreamStatus: number): void
  /**
   * For a stream's running totals. With the gate off the first may show that its input alone is too much; the
   * last, at its end, must not cut off an answer that is paid for. Absent where there is nothing to watch.
   */
  readonly watch: ((usage: Usage) => void) | undefined
}

export interface BillingOptions {
  readonly slug: Slug
  readonly budgets: () => RunBudgets
  readonly ledger: Pick<Ledger, "reserve" | "settle" | "release">
  readonly writes: LedgerWrites
  readonly enforcement: Enforcement
  readonly outage: LedgerOutage
  readonly failures: FailureLimit
  /** True once the launcher has died: what breaks off then is charged as a crash is, in full. */
  readonly isOrphaned: () => boolean
  readonly pricing: Pricing
  readonly turns: TurnQueue
  /** The refusal once the run is cut. */
  readonly cutDenial: () => Denial | undefined
}

type Reservation = Extract<ReserveResult, { outcome: "reserved" }>

/** Less output than this answers nothing; a client that asks for less itself gets it. */
const MIN_OUTPUT_TOKENS = 128
/** The launcher's death ends the bottle and our stdin in the same instant; which is seen first is chance. */
const LAUNCHER_NEWS_MS = 20

export function createBilling(options: BillingOptions): Billing {
  const { slug, budgets, ledger, writes, enforcement, outage, failures, isOrphaned, pricing, turns, cutDenial } =
    options

  function createBill(reservation: Reservation, model: ModelRequest, place: string): Bill {
    const { requestId, clampOutputTokens } = reservation
    const most = mostItCosts(reservation, model)
    let closed = false
    const close = (write: () => Promise<void>, end: "failed" | "no failure" = "no failure"): void => {
      if (closed) return
      closed = true
      writes.enqueue(async () => {
        await write()
        turns.wake()
      })
      if (end !== "failed") failures.giveBack()
    }
    const settle = async (settlement: Settlement): Promise<void> => {
      const result = await ledger.settle(requestId, settlement)
      if (result.settled) enforcement.settled(result)
    }
    const withCost = (settlement: Settlement, facts: PricingFacts = {}) =>
      pricing.withCost(settlement, { place, model: model.model }, facts)
    return {
      clampOutputTokens,
      release: () => close(() => ledger.release(requestId)),
      settleUnknown: () => close(() => settle(withCost(unknownCost(model, most)))),
      settleUnanswered: () => close(() => settle(withCost(inputCost(model)))),
      settle: ({ by, reading }, upstreamStatus) =>
        close(
          async () => {
            const settlement = settlementOf(reading, upstreamStatus, most)
            const brokeOff = reading.how === "cut-short"
            if (brokeOff && by !== "upstream") await Bun.sleep(LAUNCHER_NEWS_MS)
            const whole = brokeOff && isOrphaned() ? { ...settlement, atLeastTokens: most } : settlement
            await settle(withCost(whole, reading))
          },
          reading.how === "unbilled" ? "failed" : "no failure",
        ),
      watch: createWatch(reservation, withCost),
    }
  }

  function createWatch(
    { governing, governingMoney }: Reservation,
    withCost: (settlement: Settlement) => Settlement,
  ): Bill["watch"] {
    if ((governing === undefined && governingMoney === undefined) || budgets().gate === "reserve") return undefined
    let seen = false
    return (usage) => {
      if (seen) return
      seen = true
      if (governing !== undefined) enforcement.streaming(governing, chargeTokens(usage, budgets().cacheReadWeight))
      const { costMicroUsd } = withCost({ how: "settled", usage, estimated: true })
      if (governingMoney !== undefined && costMicroUsd !== undefined) {
        enforcement.streaming(governingMoney, costMicroUsd)
      }
    }
  }

  return {
    async reserve(provider, model, place, client) {
      if (!failures.take()) return describeDenial("too-many-failures", place)
      const rates = pricing.highest(model, place)
      const { inputTokens, maxOutputTokens } = model
      const asked = { slug, provider, model: model.model, inputTokens, maxOutputTokens, rates, session: client.session }
      const attempt = () =>
        ledger.reserve({
          ...asked,
          requestId: Bun.randomUUIDv7(),
          budgets: budgets(),
          minOutputTokens: MIN_OUTPUT_TOKENS,
        })
      let reservation: ReserveResult | "gone"
      try {
        reservation = await turns.take(attempt, client)
        outage.over()
      } catch (error) {
        outage.seen(error)
        failures.giveBack()
        return describeDenial("ledger-unavailable", place)
      }
      if (reservation === "gone") {
        failures.giveBack()
        return cutDenial() ?? describeDenial("fan-out-limit", place)
      }
      if (reservation.outcome === "reserved") return createBill(reservation, model, place)
      if (reservation.reason === "no-price") return describeNoPrice(model.model, place)
      if (reservation.reason === "fan-out-limit") {
        failures.giveBack()
        return describeFanOut(reservation.by)
      }
      const { gate, policy } = budgets()
      // With the gate off a request is not weighed: the budget itself is spent.
      const weighed = gate === "off" ? undefined : weigh(model, rates)
      enforcement.refused(reservation.governing, weighed)
      return describeExhaustion(slug, policy, reservation.governing, weighed)
    },
  }
}

function weigh({ inputTokens, maxOutputTokens }: ModelRequest, rates: HighestRates | undefined): WeighedRequest {
  const outputTokens = maxOutputTokens ?? UNSTATED_OUTPUT_TOKENS
  const microUsd = rates === undefined ? 0 : highestPrice(inputTokens, outputTokens, rates)
  return { inputTokens, outputTokens, microUsd }
}

function unknownCost({ inputTokens }: ModelRequest, most: number): Settlement {
  const usage = { ...NO_USAGE, inputTokens, outputTokens: Math.max(0, most - inputTokens) }
  return { how: "cut-short", usage, estimated: true, atLeastTokens: most }
}

/** Often it was the connection that failed: output that nobody made is not charged. */
function inputCost({ inputTokens }: ModelRequest): Settlement {
  return { how: "cut-short", usage: { ...NO_USAGE, inputTokens }, estimated: true }
}

function settlementOf(reading: MeterReading, upstreamStatus: number, most: number): Settlement {
  const { how, usage, estimated, settleAtLeastReservation, model, providerRequestId } = reading
  return {
    how: how === "complete" ? "settled" : how === "cut-short" ? "cut-short" : "failed",
    usage,
    estimated,
    upstreamStatus,
    ...(settleAtLeastReservation === undefined ? {} : { atLeastTokens: most }),
    ...(model === undefined ? {} : { model }),
    ...(providerRequestId === undefined ? {} : { providerRequestId }),
  }
}

/** The reservation, or with the gate off what it would have been. */
function mostItCosts({ reservedTokens }: Reservation, model: ModelRequest): number {
  if (reservedTokens > 0) return reservedTokens
  return addTokens(model.inputTokens, model.maxOutputTokens ?? UNSTATED_OUTPUT_TOKENS)
}
