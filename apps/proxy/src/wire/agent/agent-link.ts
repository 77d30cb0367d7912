// Tells the judging of a request when its agent leaves, and the agent that its connection has to
// be read for that.

import type { AgentLink } from "../passage.ts"

export class WatchedLink implements AgentLink {
  isGone = false
  /** Made for the first: most requests are judged at once, and their streams stay open for hours. */
  #watchers: Set<() => void> | undefined
  readonly #onWatched: () => void

  constructor(onWatched: () => void) {
    this.#onWatched = onWatched
  }

  get isWatched(): boolean {
    return this.#watchers !== undefined && this.#watchers.size > 0
  }

  watch(leave: () => void): () => void {
    this.#watchers ??= new Set()
    this.#watchers.add(leave)
    this.#onWatched()
    return () => void this.#watchers?.delete(leave)
  }

  /** The agent has sent its last byte: it may still read. */
  leave(): void {
    const told = this.#watchers
    this.#watchers = undefined
    for (const leave of told ?? []) leave()
  }

  /** The connection is over. */
  gone(): void {
    this.isGone = true
    this.leave()
  }
}
