// Reads a time with its unit, between two bounds.

import { parseDuration } from "../quantities.ts"
import { type Reader, textAs } from "../yaml/fields.ts"

/** `shown`: as the message names it, such as `30m or 7d`. */
export function durationBetween(minMs: number, maxMs: number, shown: string): Reader<number> {
  return textAs(`a time with its unit, such as ${shown}`, (text) => {
    const ms = parseDuration(text)
    return ms !== undefined && ms >= minMs && ms <= maxMs ? ms : undefined
  })
}
