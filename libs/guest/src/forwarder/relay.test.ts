import { expect, test } from "bun:test"
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import type { Socket } from "bun"
import { attach, closeLeg, createLegs, type Leg, relayHandlers } from "./relay.ts"

test.each([1, 2, 3, 64, 4096, Number.POSITIVE_INFINITY])(
  "INV-8: a socket that takes %p bytes at a time still gets them in order",
  (room) => {
    const { near, far } = createLegs()
    const [left, right] = [fakeSocket(near, Number.POSITIVE_INFINITY), fakeSocket(far, room)]
    attach(near, left.socket)
    attach(far, right.socket)
    const sent = Buffer.from(Array.from({ length: 500 }, (_, index) => index % 251))
    for (let from = 0; from < sent.length; from += 7) relayHandlers.data(left.socket, sent.subarray(from, from + 7))
    relayHandlers.end(left.socket)
    for (let round = 0; far.queue.waitingBytes > 0 && round < 1000; round += 1) relayHandlers.drain(right.socket)
    expect({ same: Buffer.concat(right.taken).equals(sent), halfClosed: right.calls.at(-1) }).toEqual({
      same: true,
      halfClosed: "shutdown",
    })
  },
)

test("INV-8: a source is paused while its bytes queue and resumed when they have gone", () => {
  const { near, far } = createLegs()
  const [left, right] = [fakeSocket(near, Number.POSITIVE_INFINITY), fakeSocket(far, 4)]
  attach(near, left.socket)
  attach(far, right.socket)
  left.calls.length = 0
  relayHandlers.data(left.socket, Buffer.from("abcdef"))
  expect(left.calls).toEqual(["pause"])
  relayHandlers.drain(right.socket)
  expect({ calls: left.calls, taken: Buffer.concat(right.taken).toString() }).toEqual({
    calls: ["pause", "resume"],
    taken: "abcdef",
  })
})

test("bytes that come before the far end stands wait for it, and its failure closes the near end", () => {
  const first = createLegs()
  const left = fakeSocket(first.near, Number.POSITIVE_INFINITY)
  attach(first.near, left.socket)
  relayHandlers.data(left.socket, Buffer.from("early"))
  const right = fakeSocket(first.far, Number.POSITIVE_INFINITY)
  attach(first.far, right.socket)
  expect(Buffer.concat(right.taken).toString()).toBe("early")

  const second = createLegs()
  const alone = fakeSocket(second.near, Number.POSITIVE_INFINITY)
  attach(second.near, alone.socket)
  closeLeg(second.far)
  expect(alone.calls.at(-1)).toBe("end")
})

test("an end that closes before the other stands closes it as soon as it does", () => {
  const { near, far } = createLegs()
  const left = fakeSocket(near, Number.POSITIVE_INFINITY)
  attach(near, left.socket)
  relayHandlers.close(left.socket)
  const right = fakeSocket(far, Number.POSITIVE_INFINITY)
  attach(far, right.socket)
  expect(right.calls.at(-1)).toBe("end")
})

test("with real sockets: 20 MB each way at once, then both ends are closed", async () => {
  const folder = mkdtempSync(join(tmpdir(), "bottle-relay-"))
  const path = join(folder, "s")
  await using stack = new AsyncDisposableStack()
  stack.defer(() => rmSync(folder, { recursive: true }))
  const sizes = { up: 0, down: 0 }
  const closed = { up: Promise.withResolvers<void>(), down: Promise.withResolvers<void>() }
  const payload = new Uint8Array(20_000_000).fill(7)
  const server = Bun.listen<Outgoing>({
    unix: path,
    allowHalfOpen: true,
    socket: pump("up"),
    data: undefined as never,
  })
  stack.defer(() => server.stop(true))
  const front = Bun.listen<Leg>({
    hostname: "127.0.0.1",
    port: 0,
    allowHalfOpen: true,
    socket: {
      ...relayHandlers,
      async open(socket) {
        const { near, far } = createLegs()
        socket.data = near
        attach(near, socket)
        await Bun.connect<Leg>({
          unix: path,
          data: far,
          allowHalfOpen: true,
          socket: { ...relayHandlers, open: (up) => attach(far, up) },
        })
      },
    },
  })
  stack.defer(() => front.stop(true))
  await Bun.connect<Outgoing>({
    hostname: "127.0.0.1",
    port: front.port,
    allowHalfOpen: true,
    socket: pump("down"),
  })
  await Promise.all([closed.up.promise, closed.down.promise])
  expect(sizes).toEqual({ up: payload.length, down: payload.length })

  function pump(direction: "up" | "down") {
    const send = (socket: Socket<Outgoing>) => {
      while (socket.data.sent < payload.length) {
        const taken = socket.write(payload.subarray(socket.data.sent, socket.data.sent + 65_536))
        if (taken <= 0) return
        socket.data.sent += taken
      }
      if (!socket.data.finished) {
        socket.data.finished = true
        socket.shutdown()
      }
    }
    return {
      open(socket: Socket<Outgoing>) {
        socket.data = { sent: 0, finished: false }
        send(socket)
      },
      drain: send,
      data: (_socket: Socket<Outgoing>, bytes: Uint8Array) => {
        sizes[direction] += bytes.length
      },
      end() {},
      close: () => closed[direction].resolve(),
    }
  }
})

interface Outgoing {
  sent: number
  finished: boolean
}

function fakeSocket(leg: Leg, room: number) {
  const taken: Uint8Array[] = []
  const calls: string[] = []
  const call = (name: string) => () => void calls.push(name)
  const socket = {
    data: leg,
    write(bytes: Uint8Array) {
      const part = bytes.slice(0, room)
      if (part.length > 0) taken.push(part)
      return part.length
    },
    ...Object.fromEntries(["pause", "resume", "end", "shutdown", "terminate"].map((name) => [name, call(name)])),
  }
  return { socket: socket as unknown as Socket<Leg>, taken, calls }
}
