// The connection that an exchange has to its upstream: taken from the pool or dialled, joined with
// the agent so that each pauses the other, and given up.
//
// It reads nothing and sends nothing. The exchange says when, and what becomes of the connection.

import { type AgentSide, HOLD } from "../passage.ts"
import type { Place } from "../place.ts"
import { type DialFailure, dialPlace } from "./dial.ts"
import type { Upstream, UpstreamUser } from "./upstream.ts"

export interface LeaseHolder extends UpstreamUser {
  readonly isOver: boolean
  attached(upstream: Upstream): void
  /** No connection could be made. */
  notDialled(reason: DialFailure): void
}

export class UpstreamLease {
  /** Undefined before there is one, and after it was given up. */
  upstream: Upstream | undefined
  readonly #agent: AgentSide
  readonly #place: Place
  readonly #holder: LeaseHolder
  #cancelDial: (() => void) | undefined

  constructor(agent: AgentSide, place: Place, holder: LeaseHolder) {
    this.#agent = agent
    this.#place = place
    this.#holder = holder
  }

  take(age: "any" | "fresh"): void {
    const idle = this.#place.pool.take(this.#place, age)
    if (idle !== undefined) this.#attach(idle)
    else this.dial()
  }

  /** A connection of its own. The agent waits for it. */
  dial(): void {
    this.#agent.hold(HOLD.dial)
    this.#cancelDial = dialPlace(this.#place, {
      ready: (upstream) => {
        this.#cancelDial = undefined
        this.#agent.release(HOLD.dial)
        this.#attach(upstream)
      },
      failed: (reason) => {
        this.#cancelDial = undefined
        this.#agent.release(HOLD.dial)
        this.#holder.notDialled(reason)
      },
    })
  }

  /** Leaves the connection open, for its next exchange or for who ends it. */
  detach(): void {
    const { upstream } = this
    this.upstream = undefined
    this.#agent.out.source = undefined
    if (upstream === undefined) return
    upstream.user = undefined
    upstream.out.source = undefined
    this.#agent.release(HOLD.upstream)
  }

  /** Ends the connection, and a dial that is under way. */
  drop(): void {
    this.#cancelDial?.()
    this.#cancelDial = undefined
    this.#agent.release(HOLD.dial)
    const { upstream } = this
    this.detach()
    upstream?.destroy()
  }

  #attach(upstream: Upstream): void {
    if (this.#holder.isOver) {
      upstream.home.forget(upstream)
      upstream.destroy()
      return
    }
    this.upstream = upstream
    upstream.user = this.#holder
    upstream.out.source = this.#agent
    this.#agent.out.source = upstream
    this.#holder.attached(upstream)
  }
}
