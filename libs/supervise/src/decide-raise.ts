// Which limit an approval of budget sets. It is the run's own, so that no other run is moved.
//
// The nearest scope's limit governs: once the run has one of its own, its agent's, bottle's and
// host's bind it no more. So the new limit is the tokens that the run could still spend, and the ones granted.

import type { Scope } from "@bot-bottle/contracts"

/** A limit and where it stands, with the tokens of open requests as used. */
export interface Standing {
  readonly limitTokens: number
  readonly usedTokens: number
}

export interface RaiseFacts {
  readonly tokens: number
  /** The nearest scope's limit; undefined when none is set. */
  readonly nearest: (Standing & { readonly scope: Scope }) | undefined
  /** The tokens that the run itself has used of this provider, open requests included. */
  readonly runUsedTokens: number
  /** The host's own limit, whether or not it governs. */
  readonly host: Standing | undefined
  readonly ceilings: readonly Standing[]
}

export type RaiseDecision =
  | {
      readonly outcome: "raise"
      readonly limitTokens: number
      /** True when the run may then spend more than the host's limit has left. */
      readonly isAboveHost: boolean
    }
  | { readonly outcome: "refused"; readonly reason: "unlimited" }
  /** `roomTokens`: as many could be granted. */
  | { readonly outcome: "refused"; readonly reason: "above-ceiling"; readonly roomTokens: number }

export function decideRaise({ tokens, nearest, runUsedTokens, host, ceilings }: RaiseFacts): RaiseDecision {
  if (nearest === undefined) return { outcome: "refused", reason: "unlimited" }
  const left = Math.max(0, nearest.limitTokens - nearest.usedTokens)
  const base = nearest.scope.kind === "run" ? nearest.limitTokens : runUsedTokens + left
  const limitTokens = base + tokens
  const mayStillSpend = limitTokens - runUsedTokens
  const room = Math.min(...ceilings.map((ceiling) => ceiling.limitTokens - ceiling.usedTokens))
  if (mayStillSpend > room) {
    return { outcome: "refused", reason: "above-ceiling", roomTokens: Math.max(0, room - (base - runUsedTokens)) }
  }
  const isAboveHost = host !== undefined && host.usedTokens + mayStillSpend > host.limitTokens
  return { outcome: "raise", limitTokens, isAboveHost }
}
