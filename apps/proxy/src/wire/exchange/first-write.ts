// Sends a request's head with as much of its body as is at hand, in one write where joining the
// two does not copy much.

import { joinHead } from "@bot-bottle/wire"
import type { Outbound } from "../passage.ts"
import type { Exchange } from "./exchange.ts"

const JOINED_BYTES = 64 * 1024

/** In `bytes` the head stands from `from` to `end`, as it came, and the body from there to `stop`. */
export function sendFirst(
  exchange: Exchange,
  { head, body }: Outbound,
  bytes: Buffer,
  from: number,
  end: number,
  stop: number,
): void {
  if (body.kind === "held") exchange.send(Buffer.concat([Buffer.from(head ?? "", "latin1"), body.bytes]))
  else if (head === undefined) exchange.send(from === 0 && stop === bytes.length ? bytes : bytes.subarray(from, stop))
  else if (stop - end <= JOINED_BYTES) exchange.send(joinHead(head, bytes, end, stop))
  else {
    exchange.send(Buffer.from(head, "latin1"))
    exchange.send(bytes.subarray(end, stop))
  }
}
