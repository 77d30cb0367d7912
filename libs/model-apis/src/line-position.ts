// Knows whether a stream of lines stands in the middle of one, from the bytes that went by.

import type { StreamPosition } from "./sse-events.ts"

const LINE_END = 0x0a

/** A half-sent line stays what it is, an error of its own: what follows it must not become part of it. */
export function createLinePosition(): StreamPosition {
  let last: number | undefined

  return {
    push(chunk) {
      last = chunk.at(-1) ?? last
    },
    interruption: () => (last === undefined || last === LINE_END ? "" : "\n"),
    // Blanks before an object are JSON; an empty line is not an object.
    padding: (bytes) => " ".repeat(Math.max(0, bytes)),
  }
}
