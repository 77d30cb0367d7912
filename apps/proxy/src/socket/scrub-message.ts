// Takes the route's credential out of one message of the upstream's, which is whole and unpacked.

import type { Scrubber } from "@bot-bottle/egress"
import type { SocketText } from "./socket-end.ts"

/** The same message when there was nothing in it. */
export function scrubMessage(scrubber: Scrubber | undefined, message: SocketText): SocketText {
  if (scrubber === undefined) return message
  const stream = scrubber.openStream()
  const bytes = typeof message === "string" ? Buffer.from(message, "utf8") : Buffer.from(message)
  const clean = Buffer.concat([stream.push(bytes), stream.end()])
  if (!stream.hasFound) return message
  return typeof message === "string" ? clean.toString("utf8") : clean
}
