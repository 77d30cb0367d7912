// Takes the route's credential out of all that the upstream says in a socket: messages, which are
// whole and unpacked, and the payloads of its pings, pongs and close frames.

import type { Scrubber } from "@bot-bottle/egress"
import type { SocketText } from "./socket-end.ts"

/** Each returns the same value when there was nothing in it. */
export interface MessageScrubber {
  text(text: string): string
  bytes(bytes: Uint8Array): Uint8Array
}

export function scrubberOfMessages(scrubber: Scrubber | undefined): MessageScrubber {
  if (scrubber === undefined) return { text: (text) => text, bytes: (bytes) => bytes }
  /** Undefined when there is nothing in them. */
  const scrub = (bytes: Uint8Array): Buffer | undefined => {
    const stream = scrubber.openStream()
    const clean = Buffer.concat([stream.push(bytes), stream.end()])
    return stream.hasFound ? clean : undefined
  }
  return {
    text: (text) => scrub(Buffer.from(text, "utf8"))?.toString("utf8") ?? text,
    bytes: (bytes) => scrub(new Uint8Array(bytes)) ?? bytes,
  }
}

export function scrubMessage(scrubber: MessageScrubber, message: SocketText): SocketText {
  return typeof message === "string" ? scrubber.text(message) : scrubber.bytes(message)
}
