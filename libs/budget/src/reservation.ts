// Decides whether a request may leave, and how many tokens it takes with it.
//
//   INV-5  An admitted request fits: spent + reserved + this is never more than any limit that
//          binds. At spent = limit nothing more gets in, whatever the gate.
//
// With the gate off a request takes nothing and its real cost is found when it settles; its
// estimate is still given, because a crash must charge something.

import type { Gate } from "@bot-bottle/contracts"
import { addTokens } from "./charge.ts"
import { findTightest, type LimitStanding, leftTokens } from "./precedence.ts"

/** Output assumed of a client that names no maximum: no model that we know of writes more in one answer. */
export const UNSTATED_OUTPUT_TOKENS = 128_000

export interface ReservationAsk {
  readonly gate: Gate
  readonly inputTokens: number
  readonly maxOutputTokens: number | undefined
  /** Less room for output than this would not help the client. */
  readonly minOutputTokens: number
}

export type ReservationDecision =
  | {
      readonly outcome: "admitted"
      /** The tokens to set aside now. */
      readonly reservedTokens: number
      /** The tokens to charge when the true usage stays unknown. At least `reservedTokens`. */
      readonly estimateTokens: number
      /** Present when the client's maximum must come down to this. */
      readonly clampOutputTokens?: number
    }
  | { readonly outcome: "refused"; readonly reason: "budget-exhausted"; readonly by: LimitStanding }

/**
 * The reservation of a request that nothing limits. With the gate off it takes nothing, and there
 * must be something left.
 */
export function wantedTokens({ gate, inputTokens, maxOutputTokens }: ReservationAsk): number {
  return gate === "off" ? 1 : addTokens(inputTokens, maxOutputTokens ?? UNSTATED_OUTPUT_TOKENS)
}

export function decideReservation(ask: ReservationAsk, standings: readonly LimitStanding[]): ReservationDecision {
  const wantedOutput = ask.maxOutputTokens ?? UNSTATED_OUTPUT_TOKENS
  const estimateTokens = addTokens(ask.inputTokens, wantedOutput)

  if (ask.gate === "off") {
    const spent = standings.find(
      ({ limit, usedTokens, blockLeftTokens = 1 }) => usedTokens >= limit.limitTokens || blockLeftTokens <= 0,
    )
    return spent ? refused(spent) : { outcome: "admitted", reservedTokens: 0, estimateTokens }
  }

  const tightest = findTightest(standings)
  if (!tightest) return { outcome: "admitted", reservedTokens: estimateTokens, estimateTokens }

  const left = leftTokens(tightest)
  const roomForOutput = left - ask.inputTokens
  if (left <= 0 || roomForOutput < Math.min(ask.minOutputTokens, wantedOutput)) return refused(tightest)
  if (roomForOutput >= wantedOutput) return { outcome: "admitted", reservedTokens: estimateTokens, estimateTokens }
  return { outcome: "admitted", reservedTokens: left, estimateTokens: left, clampOutputTokens: roomForOutput }
}

function refused(by: LimitStanding): ReservationDecision {
  return { outcome: "refused", reason: "budget-exhausted", by }
}
