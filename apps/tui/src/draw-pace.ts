// How often news redraws the screen: at once after a quiet moment, then no sooner than the pace
// allows. Keys do not wait here: each is answered by a picture of its own.

export interface DrawPace {
  /** Something changed. Several calls make one picture. */
  request(): void
  /** A picture was drawn by someone else. */
  drawn(): void
}

export interface DrawPaceOptions {
  readonly everyMs: number
  readonly nowMs: () => number
  readonly after: (ms: number, work: () => void) => void
  draw(): void
}

export function createDrawPace({ everyMs, nowMs, after, draw }: DrawPaceOptions): DrawPace {
  let drawnAtMs = Number.NEGATIVE_INFINITY
  let isDue = false
  return {
    request() {
      if (isDue) return
      isDue = true
      // Also at once, it comes after the messages that have arrived already.
      after(Math.max(0, drawnAtMs + everyMs - nowMs()), () => {
        isDue = false
        drawnAtMs = nowMs()
        draw()
      })
    },
    drawn() {
      drawnAtMs = nowMs()
    },
  }
}
