// The launcher's end of a bottle's lifeline, whatever socket carries it: orders go in, and of
// what comes back only `up`, first, decides anything (INV-73).

import { GUEST_WORD_MAX, type LauncherOrder, UP } from "./forwarder/lifeline.ts"
import { createLineReader, createLineWriter } from "./forwarder/line-socket.ts"
import { createGuestExecs, type GuestExecs } from "./guest-execs.ts"
import { parseGuestWord } from "./guest-word.ts"

export interface GuestLifeline {
  /** True once the forwarder runs; false when the bottle ended before. */
  readonly up: Promise<boolean>
  /** Resolves when the agent runs, as the guest says; never, when it could not be started. */
  readonly started: Promise<void>
  readonly execs: GuestExecs
  order(order: LauncherOrder): void
  /** Bytes that the guest sent. */
  read(bytes: Uint8Array): void
  /** The socket has room again. */
  drain(): void
  /** The bottle has ended. */
  end(): void
}

/** `send` takes what it can and says how many bytes that was. */
export function createGuestLifeline(send: (bytes: Uint8Array) => number): GuestLifeline {
  const up = Promise.withResolvers<boolean>()
  const started = Promise.withResolvers<void>()
  const orders = createLineWriter(send)
  const order = (order: LauncherOrder) => orders.write(JSON.stringify(order))
  const execs = createGuestExecs(order)
  let heard: "nothing" | "up" | "unbelievable" = "nothing"

  const distrust = () => {
    heard = "unbelievable"
    execs.end()
  }
  const hear = (line: string) => {
    const word = parseGuestWord(line)
    if (word === undefined) return distrust()
    if (word.kind === "started") return started.resolve()
    if (execs.hear(word) === "unbelievable") distrust()
  }
  const { read } = createLineReader({
    maxLength: GUEST_WORD_MAX,
    onLine(line) {
      if (heard === "up") return hear(line)
      if (heard === "unbelievable" || `${line}\n` !== UP) return distrust()
      heard = "up"
      up.resolve(true)
    },
    onTooLong: distrust,
  })
  return {
    up: up.promise,
    started: started.promise,
    execs,
    order,
    read,
    drain: orders.drain,
    end() {
      up.resolve(false)
      execs.end()
    },
  }
}
