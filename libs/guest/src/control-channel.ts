// The launcher's end of a bottle's control channel, whatever socket carries it. Orders go in. Of
// the messages that come back, only `up` and the self-test's findings decide anything, and only
// before the agent runs (INV-73).

import { guestMessageSchema, MAX_GUEST_MESSAGE } from "@bot-bottle/contracts/messages/guest-message"
import { parseMessage } from "@bot-bottle/contracts/messages/shapes/parse-message"
import { type LauncherOrder, UP } from "./forwarder/control-messages.ts"
import { createLineReader, createLineWriter } from "./forwarder/line-socket.ts"
import type { SelfTestFinding } from "./forwarder/self-test.ts"
import { createGuestExecs, type GuestExecs } from "./guest-execs.ts"

export interface ControlChannel {
  /** True once the forwarder runs; false when the bottle ended before. */
  readonly up: Promise<boolean>
  /** The findings of the self-test; undefined when none was requested, or the bottle ended before. */
  readonly selfTest: Promise<readonly SelfTestFinding[] | undefined>
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
export function createControlChannel(send: (bytes: Uint8Array) => number): ControlChannel {
  const up = Promise.withResolvers<boolean>()
  const selfTest = Promise.withResolvers<readonly SelfTestFinding[] | undefined>()
  const started = Promise.withResolvers<void>()
  const orders = createLineWriter(send)
  const order = (order: LauncherOrder) => orders.write(JSON.stringify(order))
  const execs = createGuestExecs(order)
  let seen: "nothing" | "up" | "self-test" | "started" | "untrusted" = "nothing"

  const distrust = () => {
    seen = "untrusted"
    execs.end()
  }
  const receive = (line: string) => {
    const parsed = parseMessage(guestMessageSchema, line, { maxLength: MAX_GUEST_MESSAGE })
    if (parsed.outcome === "invalid") return distrust()
    const { message } = parsed
    switch (message.kind) {
      case "self-test":
        // Said once: when the agent runs, no findings are ours.
        if (seen !== "up") return distrust()
        seen = "self-test"
        return selfTest.resolve(message.findings)
      case "started":
        if (seen === "started") return distrust()
        seen = "started"
        selfTest.resolve(undefined)
        return started.resolve()
      case "exec-output":
      case "exec-room":
      case "exec-exit":
        if (execs.onMessage(message) === "untrusted") distrust()
    }
  }
  const reader = createLineReader({
    maxLength: MAX_GUEST_MESSAGE,
    onLine(line) {
      if (seen === "untrusted") return
      if (seen !== "nothing") return receive(line)
      if (`${line}\n` !== UP) return distrust()
      seen = "up"
      up.resolve(true)
    },
    onTooLong: distrust,
  })
  return {
    up: up.promise,
    selfTest: selfTest.promise,
    started: started.promise,
    execs,
    order,
    read(bytes) {
      // Nothing is looked at any more, so that whoever is not believed costs nothing either.
      if (seen !== "untrusted") reader.read(bytes)
    },
    drain: orders.drain,
    end() {
      up.resolve(false)
      selfTest.resolve(undefined)
      execs.end()
    },
  }
}
