// Decides whether a request may leave, and what it takes with it: tokens, and their price.
//
//   INV-5  An admitted request fits: spent + reserved + this is never more than any limit that
//          binds, of tokens or of money. At spent = limit nothing more gets in, whatever the gate.
//
// With the gate off a request takes nothing and its real cost is found when it settles; its
// estimate is still given, because a crash must charge something.

import { type Gate, USD } from "@bot-bottle/contracts"
import { addTokens, MAX_TOKENS } from "./charge.ts"
import { type LimitStanding, leftTokens } from "./precedence.ts"

/** Output assumed of a client that names no maximum: no model that we know of writes more in one answer. */
export const UNSTATED_OUTPUT_TOKENS = 128_000

/** The highest prices that can apply to a request, in micro-dollars a million tokens. */
export interface HighestRates {
  readonly input: number
  readonly output: number
}

export interface ReservationAsk {
  readonly gate: Gate
  readonly inputTokens: number
  readonly maxOutputTokens: number | undefined
  /** Less room for output than this would not help the client. */
  readonly minOutputTokens: number
  /** Absent: no price is known. A limit of money then refuses the request. */
  readonly rates?: HighestRates | undefined
}

export type ReservationDecision =
  | {
      readonly outcome: "admitted"
      /** The tokens to set aside now. */
      readonly reservedTokens: number
      /** The tokens to charge when the true usage stays unknown. At least `reservedTokens`. */
      readonly estimateTokens: number
      /** The price of either; undefined where none is known. */
      readonly reservedMicroUsd: number | undefined
      readonly estimateMicroUsd: number | undefined
      /** Present when the client's maximum must come down to this. */
      readonly clampOutputTokens?: number
    }
  | { readonly outcome: "refused"; readonly reason: "budget-exhausted" | "no-price"; readonly by: LimitStanding }

/**
 * The part of a limit of this name that a request takes when nothing clamps it. With the gate off it takes nothing,
 * and there must be something left.
 */
export function wantedAmount(name: string, ask: ReservationAsk): number {
  if (ask.gate === "off") return 1
  const output = ask.maxOutputTokens ?? UNSTATED_OUTPUT_TOKENS
  if (name !== USD) return addTokens(ask.inputTokens, output)
  return ask.rates === undefined ? 1 : Math.max(1, highestPrice(ask.inputTokens, output, ask.rates))
}

export function decideReservation(ask: ReservationAsk, standings: readonly LimitStanding[]): ReservationDecision {
  const { gate, rates } = ask
  const wantedOutput = ask.maxOutputTokens ?? UNSTATED_OUTPUT_TOKENS
  const unpriced = rates === undefined ? standings.find(({ limit }) => limit.provider === USD) : undefined
  if (unpriced !== undefined) return { outcome: "refused", reason: "no-price", by: unpriced }

  if (gate === "off") {
    const spent = standings.find(
      ({ limit, usedTokens, blockLeftTokens = 1 }) => usedTokens >= limit.limitTokens || blockLeftTokens <= 0,
    )
    if (spent !== undefined) return refused(spent)
    const { reservedTokens: estimateTokens, reservedMicroUsd: estimateMicroUsd } = taking(ask, wantedOutput)
    const reservedMicroUsd = rates === undefined ? undefined : 0
    return { outcome: "admitted", reservedTokens: 0, estimateTokens, reservedMicroUsd, estimateMicroUsd }
  }

  const tightest = findLeastRoom(ask, standings)
  if (tightest === undefined) return { outcome: "admitted", ...taking(ask, wantedOutput) }
  const { standing, room } = tightest
  if (leftTokens(standing) <= 0 || room < Math.min(ask.minOutputTokens, wantedOutput)) return refused(standing)
  if (room >= wantedOutput) return { outcome: "admitted", ...taking(ask, wantedOutput) }
  return { outcome: "admitted", ...taking(ask, room), clampOutputTokens: room }
}

/** The most that so many tokens cost, rounded up. */
export function highestPrice(inputTokens: number, outputTokens: number, { input, output }: HighestRates): number {
  const exact = BigInt(inputTokens) * BigInt(input) + BigInt(outputTokens) * BigInt(output)
  const price = (exact + MILLION - 1n) / MILLION
  return price > BigInt(MAX_TOKENS) ? MAX_TOKENS : Number(price)
}

const MILLION = 1_000_000n

/** The limit that leaves the least output. */
function findLeastRoom(ask: ReservationAsk, standings: readonly LimitStanding[]) {
  let least: { readonly standing: LimitStanding; readonly room: number } | undefined
  for (const standing of standings) {
    const room = roomForOutput(ask, standing)
    if (least === undefined || room < least.room) least = { standing, room }
  }
  return least
}

/** Output tokens that fit into what is left of a limit, besides the input. Negative when not even that fits. */
function roomForOutput({ inputTokens, rates }: ReservationAsk, standing: LimitStanding): number {
  const left = leftTokens(standing)
  if (standing.limit.provider !== USD || rates === undefined) return left - inputTokens
  if (left <= 0) return -1
  const forOutput = BigInt(left) * MILLION - BigInt(inputTokens) * BigInt(rates.input)
  if (forOutput < 0n) return -1
  if (rates.output === 0) return MAX_TOKENS
  const room = forOutput / BigInt(rates.output)
  return room > BigInt(MAX_TOKENS) ? MAX_TOKENS : Number(room)
}

function taking({ inputTokens, rates }: Pick<ReservationAsk, "inputTokens" | "rates">, outputTokens: number) {
  const tokens = addTokens(inputTokens, outputTokens)
  const microUsd = rates === undefined ? undefined : highestPrice(inputTokens, outputTokens, rates)
  return { reservedTokens: tokens, estimateTokens: tokens, reservedMicroUsd: microUsd, estimateMicroUsd: microUsd }
}

function refused(by: LimitStanding): ReservationDecision {
  return { outcome: "refused", reason: "budget-exhausted", by }
}
