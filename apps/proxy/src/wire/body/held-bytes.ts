// Bounds the memory of all request bodies that are read whole. An agent may open a thousand
// requests and never end one, and their bytes are held in the host's memory.

export interface HeldBytes {
  /** False when there is no room for so many more; then nothing was taken. */
  take(bytes: number): boolean
  giveBack(bytes: number): void
}

const MAX_HELD_BYTES = 512 * 1024 * 1024

export function createHeldBytes(maxBytes = MAX_HELD_BYTES): HeldBytes {
  let held = 0
  return {
    take(bytes) {
      if (held + bytes > maxBytes) return false
      held += bytes
      return true
    },
    giveBack(bytes) {
      held -= bytes
    },
  }
}
