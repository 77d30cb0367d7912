// Reads the body of one request after another: checks its framing, and gives its payload to a
// taker, where it is not relayed as it comes.

import { BodyReader, type RequestHead } from "@bot-bottle/wire"

/** Gets the payload in order, the last piece with `isLast`, which may be empty. */
export type PayloadTaker = (payload: Buffer, isLast: boolean) => void

const NOTHING = Buffer.alloc(0)

export class RequestBody {
  taker: PayloadTaker | undefined
  framing: RequestHead["framing"]["kind"] = "none"
  readonly #reader = new BodyReader()
  #parts: Buffer[] | undefined

  get isDone(): boolean {
    return this.#reader.done
  }

  /** Why it is malformed; undefined while it is not. */
  get failure(): string | undefined {
    return this.#reader.failure
  }

  get trailers(): string {
    return this.#reader.trailers
  }

  start(framing: RequestHead["framing"]): void {
    this.taker = undefined
    this.framing = framing.kind
    this.#reader.start(framing, this.#tap)
  }

  /** Returns up to where the bytes belong to it. */
  read(bytes: Buffer, at: number): number {
    return this.#reader.read(bytes, at)
  }

  /** Gives the payload of the last `read` to the taker. */
  deliver(take: PayloadTaker): void {
    const parts = this.#parts ?? []
    this.#parts = undefined
    const [only = NOTHING] = parts
    take(parts.length > 1 ? Buffer.concat(parts) : only, this.#reader.done)
  }

  readonly #tap = (bytes: Buffer, from: number, to: number): void => {
    if (this.taker === undefined) return
    this.#parts ??= []
    this.#parts.push(from === 0 && to === bytes.length ? bytes : bytes.subarray(from, to))
  }
}
