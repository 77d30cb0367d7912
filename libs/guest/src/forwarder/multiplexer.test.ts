import { expect, test } from "bun:test"
import { MAX_FRAME_BYTES } from "./frames.ts"
import { createMultiplexer, FORWARD_WINDOW_BYTES } from "./multiplexer.ts"

test("an end that may not open a connection breaks the rules by it", () => {
  const { multiplexer, invalid } = openHostEnd()
  multiplexer.take({ kind: "open", id: 1 })
  expect(invalid()).toBe(1)
})

test("frames of connections that are not there are nothing", () => {
  const { multiplexer, invalid, sent } = openHostEnd()
  multiplexer.take({ kind: "data", id: 9, bytes: new Uint8Array(10) })
  multiplexer.take({ kind: "room", id: 9, count: 4_294_967_295 })
  multiplexer.take({ kind: "end", id: 9 })
  multiplexer.take({ kind: "closed", id: 9 })
  expect([invalid(), sent()]).toEqual([0, 0])
})

test("no more than a window of a connection that nobody reads is kept: more breaks the rules", () => {
  const opened: unknown[] = []
  const { multiplexer, invalid } = openHostEnd((connection) => opened.push(connection))
  multiplexer.take({ kind: "open", id: 1 })
  const bytes = new Uint8Array(MAX_FRAME_BYTES)
  for (let sent = 0; sent < FORWARD_WINDOW_BYTES; sent += bytes.byteLength)
    multiplexer.take({ kind: "data", id: 1, bytes })
  expect([opened.length, invalid()]).toEqual([1, 0])
  multiplexer.take({ kind: "data", id: 1, bytes: new Uint8Array(1) })
  expect(invalid()).toBe(1)
})

function openHostEnd(onOpen?: (connection: unknown) => void) {
  let [invalid, sent] = [0, 0]
  const multiplexer = createMultiplexer({
    send: () => {
      sent += 1
    },
    onInvalid: () => {
      invalid += 1
    },
    ...(onOpen === undefined ? {} : { onOpen }),
  })
  return { multiplexer, invalid: () => invalid, sent: () => sent }
}
