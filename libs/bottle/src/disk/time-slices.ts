// Cuts long work on the launcher's one thread into slices with rests between, so that nobody
// notices it. Ends it when it takes too long, or when nobody waits for it any more.

export interface Pace {
  /** Between small steps. Resolves at once until the slice is used up. */
  step(): Promise<void> | undefined
  /** Work that sees this stops, with what it has. */
  isOver(): boolean
}

const SLICE_MS = 6
const REST_MS = 18

export interface PaceOptions {
  readonly timeoutMs: number
  readonly signal: AbortSignal
}

export function createPace({ timeoutMs, signal }: PaceOptions): Pace {
  const startedAtMs = performance.now()
  let sliceAtMs = startedAtMs
  return {
    step() {
      if (performance.now() - sliceAtMs < SLICE_MS) return undefined
      return Bun.sleep(REST_MS).then(() => {
        sliceAtMs = performance.now()
      })
    },
    isOver: () => signal.aborted || performance.now() - startedAtMs > timeoutMs,
  }
}
