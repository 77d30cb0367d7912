// Gathers a body that is read whole, so that it costs about its length whatever pieces it comes in.
//
// A received piece keeps the whole read alive that it was cut from, and is an object of its own.
// A body of one-byte chunks would cost hundreds of times what its length says: small pieces are copied.

const BLOCK_BYTES = 64 * 1024
const NOTHING = Buffer.alloc(0)

export class GatheredBody {
  readonly #blocks: Buffer[] = []
  #block = NOTHING as Buffer
  #filled = 0

  /** How many buffers it holds on to. */
  get blocks(): number {
    return this.#blocks.length + (this.#filled > 0 ? 1 : 0)
  }

  /** `isLast`: nothing follows, so a body of one piece is not copied. */
  push(piece: Buffer, isLast: boolean): void {
    if (piece.length === 0) return
    const isWorthKeeping = piece.length >= BLOCK_BYTES || (isLast && this.blocks === 0)
    if (isWorthKeeping || piece.length > this.#block.length - this.#filled) this.#close()
    if (isWorthKeeping) {
      this.#blocks.push(piece)
      return
    }
    if (this.#block.length === 0) this.#block = Buffer.allocUnsafeSlow(BLOCK_BYTES)
    piece.copy(this.#block, this.#filled)
    this.#filled += piece.length
  }

  /** Holds on to nothing of it afterwards. */
  take(): Buffer {
    this.#close()
    const blocks = this.#blocks.splice(0)
    const [only = NOTHING] = blocks
    return blocks.length > 1 ? Buffer.concat(blocks) : only
  }

  /** A piece that does not fit ends a block early. Two neighbors hold more than one block, so half is the most wasted. */
  #close(): void {
    if (this.#filled > 0) this.#blocks.push(this.#block.subarray(0, this.#filled))
    this.#block = NOTHING
    this.#filled = 0
  }
}
