// An agent's end of its connection: who stops the reads, which bytes wait unread, when its time
// is up, and how it is closed.
//
// It knows nothing of requests. The agent decides when each of these happens.

import { Outlet, type OutletSocket, type Source } from "../outlet.ts"
import { HOLD, type HoldReason } from "../passage.ts"

export interface AgentSocket extends OutletSocket, Source {
  terminate(): unknown
}

const CLOSING_MS = 5_000

export class AgentTransport implements Source {
  readonly out: Outlet
  /** When the connection is ended unless something happens before, by the clock of `overdue`. */
  deadlineMs: number
  /** Nothing more is read. Answers that were written may still leave. */
  isOver = false
  readonly #socket: AgentSocket
  #holds = 0
  #kept: Buffer | undefined

  constructor(socket: AgentSocket, firstHeadMs: number) {
    this.#socket = socket
    this.out = new Outlet(socket)
    this.deadlineMs = performance.now() + firstHeadMs
  }

  hold(why: HoldReason): void {
    const before = this.#holds
    this.#holds |= why
    if (before === 0) this.#socket.pause()
  }

  release(why: HoldReason): void {
    const before = this.#holds
    this.#holds &= ~why
    if (before !== 0 && this.#holds === 0 && !this.isOver) this.#socket.resume()
  }

  /** As the source of what the upstream does not take now. */
  pause(): void {
    this.hold(HOLD.upstream)
  }

  resume(): void {
    this.release(HOLD.upstream)
  }

  drain(): void {
    this.out.drain()
  }

  /** The bytes from `at` on wait, behind those that wait already. */
  keep(bytes: Buffer, at: number): void {
    if (at >= bytes.length) return
    const rest = at === 0 ? bytes : bytes.subarray(at)
    this.#kept = this.#kept === undefined ? rest : Buffer.concat([this.#kept, rest])
  }

  get keptBytes(): number {
    return this.#kept?.length ?? 0
  }

  get hasKept(): boolean {
    return this.#kept !== undefined
  }

  takeKept(): Buffer | undefined {
    const kept = this.#kept
    this.#kept = undefined
    return kept
  }

  /** Those that wait, and then `bytes`. */
  takeKeptBefore(bytes: Buffer): Buffer {
    const kept = this.#kept
    if (kept === undefined) return bytes
    this.#kept = undefined
    return Buffer.concat([kept, bytes])
  }

  /** Closes after what was written. */
  finish(): void {
    this.isOver = true
    this.deadlineMs = performance.now() + CLOSING_MS
    this.out.end()
  }

  /** Closes at once. */
  terminate(): void {
    this.isOver = true
    this.#socket.terminate()
  }
}
