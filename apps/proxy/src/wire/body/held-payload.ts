// Collects the payload of one request until it is whole or too large. Its bytes count against the
// room that all agents share, until they are given back.

import type { HeldBody } from "../passage.ts"
import { GatheredBody } from "./gathered-body.ts"
import type { HeldBytes } from "./held-bytes.ts"

const NOTHING = Buffer.alloc(0)

export class HeldPayload {
  readonly #maxBytes: number
  readonly #room: HeldBytes
  readonly #gathered = new GatheredBody()
  #size = 0

  constructor(maxBytes: number, room: HeldBytes) {
    this.#maxBytes = maxBytes
    this.#room = room
  }

  /** Undefined until it is whole, or known to be too large. */
  add(payload: Buffer, isLast: boolean): HeldBody | undefined {
    if (this.#size + payload.length > this.#maxBytes || !this.#room.take(payload.length))
      return { outcome: "too-large", bytes: NOTHING }
    this.#size += payload.length
    this.#gathered.push(payload, isLast)
    return isLast ? { outcome: "read", bytes: this.#gathered.take() } : undefined
  }

  /** Does nothing the second time. */
  giveBack(): void {
    this.#room.giveBack(this.#size)
    this.#size = 0
  }
}
