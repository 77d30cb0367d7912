// Ctrl-C where the library reads no key: the end of a pasted text that never came would make it
// wait for good.

export interface InterruptWatch {
  /** The bytes as the terminal sent them. */
  heard(bytes: Uint8Array): void
  /** The library reported a key. */
  reported(): void
}

export interface InterruptWatchOptions {
  readonly after: (ms: number, work: () => void) => void
  onInterrupt(): void
}

const CTRL_C = 3
/** The library reports a key that it read within this. */
const REPORT_MS = 100

export function createInterruptWatch({ after, onInterrupt }: InterruptWatchOptions): InterruptWatch {
  let keys = 0
  return {
    heard(bytes) {
      // A pasted text may hold the byte too, but among others. A slow screen reads several at once.
      if (bytes.length === 0 || bytes.some((byte) => byte !== CTRL_C)) return
      const before = keys
      after(REPORT_MS, () => {
        if (keys === before) onInterrupt()
      })
    },
    reported() {
      keys += 1
    },
  }
}
