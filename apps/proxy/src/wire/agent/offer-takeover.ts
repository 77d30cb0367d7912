// Offers an agent's connection to what speaks another protocol on it. The agent is not read until
// the offer is taken, or answered instead.

import type { Denial } from "@bot-bottle/contracts"
import type { Reply } from "../answer/reply.ts"
import type { Outlet } from "../outlet.ts"
import { type AgentLink, HOLD, type HoldReason } from "../passage.ts"
import { AgentStream, type Takeover } from "./takeover.ts"

export interface TakeoverOwner {
  readonly out: Outlet
  hold(why: HoldReason): void
  release(why: HoldReason): void
  terminate(): void
  /** Gives this stream all that waits, and all that the agent sends from now on. */
  streamTo(stream: AgentStream): void
}

export interface TakeoverAnswers {
  readonly link: AgentLink
  /** Fires when the agent leaves before the takeover. */
  readonly signal: AbortSignal
  readonly reply: (reply: Reply) => void
  readonly refuse: (denial: Denial) => void
}

export function offerTakeover(owner: TakeoverOwner, { link, signal, reply, refuse }: TakeoverAnswers): Takeover {
  owner.hold(HOLD.judge)
  return {
    take() {
      const source = { pause: () => owner.hold(HOLD.upstream), resume: () => owner.release(HOLD.upstream) }
      owner.out.source = undefined
      const stream = new AgentStream(owner.out, source, () => owner.terminate())
      owner.streamTo(stream)
      owner.release(HOLD.judge)
      return stream
    },
    reply(made) {
      owner.release(HOLD.judge)
      reply(made)
    },
    refuse(denial) {
      owner.release(HOLD.judge)
      refuse(denial)
    },
    get isGone() {
      return link.isGone
    },
    signal,
  }
}
