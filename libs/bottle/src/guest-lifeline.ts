// The launcher's end of a bottle's lifeline, whatever socket carries it: orders go in, and of
// what comes back only `up` and the canary's findings, before the agent runs, decide anything (INV-73).

import type { CanaryFinding } from "./forwarder/canary.ts"
import { GUEST_WORD_MAX, type LauncherOrder, UP } from "./forwarder/lifeline.ts"
import { createLineReader, createLineWriter } from "./forwarder/line-socket.ts"
import { createGuestExecs, type GuestExecs } from "./guest-execs.ts"
import { parseGuestWord } from "./guest-word.ts"

export interface GuestLifeline {
  /** True once the forwarder runs; false when the bottle ended before. */
  readonly up: Promise<boolean>
  /** What the canary saw; undefined when none was asked for, or the bottle ended before. */
  readonly canary: Promise<readonly CanaryFinding[] | undefined>
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
  const canary = Promise.withResolvers<readonly CanaryFinding[] | undefined>()
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
    // The first of both counts: once the agent runs, no findings are ours.
    if (word.kind === "canary") return canary.resolve(word.findings)
    if (word.kind === "started") {
      canary.resolve(undefined)
      return started.resolve()
    }
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
    canary: canary.promise,
    started: started.promise,
    execs,
    order,
    read,
    drain: orders.drain,
    end() {
      up.resolve(false)
      canary.resolve(undefined)
      execs.end()
    },
  }
}
