// Turns the bytes of a Server-Sent Events stream into whole events, and ends a stream that
// had to be cut in the middle of one.
//
// Framing is eventsource-parser's (LF, CRLF, lone CR, BOM, comments, several data lines).
// Ours: characters split over chunks, and an event larger than `maxEventChars` is skipped
// to its end, so an upstream cannot make us hold its whole response. An event that no blank line
// ended counts too: the client has its bytes, and some servers end with it.

import { parseJson } from "@bot-bottle/contracts"
import { createParser } from "eventsource-parser"

export interface SseEvent {
  /** `""` when the stream named none. */
  readonly name: string
  readonly data: string
}

export interface SseReader {
  push(chunk: Uint8Array): void
  /** The stream is over: reads the event that no blank line ended. */
  end(): void
  /** True once an event was too large to be read. */
  readonly hasSkipped: boolean
}

export interface SseListener {
  onEvent(event: SseEvent): void
  /** The last event, where its JSON broke off. */
  onTorn(data: string): void
}

// A UTF-16 unit may take two bytes: 512 Ki units are at most 1 MiB held.
const MAX_EVENT_CHARS = 512 * 1024
const BLANK_LINE = /\n[\n\r]|\r\r/

export function createSseReader({ onEvent, onTorn }: SseListener, maxEventChars = MAX_EVENT_CHARS): SseReader {
  const decoder = new TextDecoder()
  /** Last character seen of an event being skipped; undefined while reading. */
  let skippedUpTo: string | undefined
  let overflowed = false
  let hasSkipped = false
  let isEnding = false
  const parser = createParser({
    maxBufferSize: maxEventChars,
    onEvent({ event, data }) {
      if (isEnding && data.startsWith("{") && parseJson(data) === undefined) onTorn(data)
      else onEvent({ name: event ?? "", data })
    },
    onError: (error) => {
      if (error.type === "max-buffer-size-exceeded") overflowed = true
    },
  })

  function feed(text: string): void {
    parser.feed(text)
    if (!overflowed) return
    overflowed = false
    hasSkipped = true
    parser.reset()
    skippedUpTo = text.slice(-1)
  }

  function skip(text: string, before: string): void {
    const joined = before + text
    const blank = BLANK_LINE.exec(joined)
    if (blank === null) {
      skippedUpTo = joined.slice(-1)
      return
    }
    skippedUpTo = undefined
    feed(joined.slice(blank.index + blank[0].length))
  }

  return {
    push(chunk) {
      const text = decoder.decode(chunk, { stream: true })
      if (text === "") return
      if (skippedUpTo === undefined) feed(text)
      else skip(text, skippedUpTo)
    },
    end() {
      isEnding = true
      if (skippedUpTo === undefined) feed("\n\n")
    },
    get hasSkipped() {
      return hasSkipped
    },
  }
}

/** Knows where in an event a stream stands, from the bytes that went by. */
export interface StreamPosition {
  push(chunk: Uint8Array): void
  /** Bytes that make a half-sent event harmless before another is sent; `""` between events. */
  interruption(): string
  /** So many bytes that say nothing, after an interruption; `""` for none. */
  padding(bytes: number): string
}

export function createSsePosition(): StreamPosition {
  return new SsePosition()
}

class SsePosition implements StreamPosition {
  #tail = "\n\n"

  push(chunk: Uint8Array): void {
    const { length } = chunk
    for (let at = Math.max(0, length - 3); at < length; at++)
      this.#tail = (this.#tail + String.fromCharCode(chunk[at] ?? 0)).slice(-3)
  }

  interruption(): string {
    if (/(?:\n[\n\r]|\r\r|[\n\r]\r\n)$/.test(this.#tail)) return ""
    const atLineStart = /[\n\r]$/.test(this.#tail)
    // A blank line alone would deliver half an event, and clients choke on its torn JSON.
    // The last `event:` line of an event names it, and clients ignore names they do not know.
    return `${atLineStart ? "" : "\n"}event: bot-bottle-interrupted\n\n`
  }

  /** A comment by itself, as servers send to keep a stream alive; empty lines where there is no room for one. */
  padding(bytes: number): string {
    return bytes < 3 ? "\n".repeat(Math.max(0, bytes)) : `:${" ".repeat(bytes - 3)}\n\n`
  }
}
