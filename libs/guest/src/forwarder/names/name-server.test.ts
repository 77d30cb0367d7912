// Over real sockets, as the agent's programs and those that attack it would.

import { expect, test } from "bun:test"
import { RESPONSE_CODE, readResponseCode, writeDnsQuestion } from "./dns-message.ts"
import { openNameServer } from "./name-server.ts"
import { createNameTable, UNLISTED_ADDRESS } from "./name-table.ts"

const AAAA = 28
const HTTPS = 65

// biome-ignore format: a table
test.each([
  // name                  type    answer
  ["api.example.com",      1,      { code: RESPONSE_CODE.ok, address: "127.64.0.1" }],
  ["api.example.com",      AAAA,   { code: RESPONSE_CODE.ok, address: undefined }],
  ["api.example.com",      HTTPS,  { code: RESPONSE_CODE.ok, address: undefined }],
  ["api.example.com",      255,    { code: RESPONSE_CODE.ok, address: undefined }],
  ["evil.test",            1,      { code: RESPONSE_CODE.ok, address: UNLISTED_ADDRESS }],
  ["evil.test",            AAAA,   { code: RESPONSE_CODE.ok, address: undefined }],
  ["evil.test",            16,     { code: RESPONSE_CODE.ok, address: undefined }],
  ["none.test",            1,      { code: RESPONSE_CODE.noSuchName, address: undefined }],
  ["none.test",            AAAA,   { code: RESPONSE_CODE.noSuchName, address: undefined }],
  ["silent.test",          1,      { code: RESPONSE_CODE.serverFailure, address: undefined }],
  ["localhost",            1,      { code: RESPONSE_CODE.ok, address: "127.0.0.1" }],
  ["app.localhost",        AAAA,   { code: RESPONSE_CODE.ok, address: undefined }],
] as const)("INV-101: %p, type %p, is answered alike by datagram and by stream", async (name, type, expected) => {
  await using server = await openServer({ "api.example.com": [443] })
  const question = ask(name, type)
  expect(readAnswer(await server.datagram(question))).toEqual(expected)
  expect((await server.stream(framed(question))).map(readAnswer)).toEqual([expected])
})

test("the ports of a name are told before its address is", async () => {
  await using server = await openServer({ "api.example.com": [443, 8443] })
  await server.datagram(ask("api.example.com", AAAA))
  expect(server.ports).toEqual([])
  await server.datagram(ask("api.example.com"))
  expect(server.ports).toEqual([443, 8443])
})

test.each([1, 2, 7, 64, Number.POSITIVE_INFINITY])(
  "questions in one stream, in pieces of %p bytes, are answered in their order",
  async (size) => {
    await using server = await openServer({ "a.test": [443], "b.test": [443] })
    const asked = Buffer.concat(["a.test", "evil.test", "b.test"].map((name) => framed(ask(name))))
    expect((await server.stream(asked, size)).map(readAnswer)).toEqual([
      { code: RESPONSE_CODE.ok, address: "127.64.0.1" },
      { code: RESPONSE_CODE.ok, address: UNLISTED_ADDRESS },
      { code: RESPONSE_CODE.ok, address: "127.64.0.2" },
    ])
  },
)

test("floods and rubbish end nothing: the next question is answered", async () => {
  await using server = await openServer({ "api.example.com": [443] })
  const flood = await Bun.udpSocket({ connect: { hostname: "127.0.0.1", port: server.port }, socket: { data() {} } })
  for (let round = 0; round < 5_000; round += 1) flood.send(crypto.getRandomValues(new Uint8Array(round % 1_500)))
  for (let round = 0; round < 2_000; round += 1) flood.send(ask(`n${round}.test`))
  flood.close()
  // A length that no question has, and a question that is not a request.
  expect(await server.stream(Buffer.from([0xff, 0xff, 1, 2, 3]))).toEqual([])
  expect(await server.stream(framed(Buffer.from("00018180000100000000000000", "hex")))).toEqual([])
  const held = await Promise.all(Array.from({ length: 200 }, () => connect(server.port)))
  for (const socket of held) socket.terminate()
  expect(readAnswer(await server.datagram(ask("api.example.com"))).address).toBe("127.64.0.1")
  expect((await server.stream(framed(ask("api.example.com")))).length).toBe(1)
})

async function openServer(routes: Record<string, readonly number[]>) {
  const ports: number[] = []
  const server = await openNameServer({
    port: 0,
    names: createNameTable(),
    lookup: {
      async find(name) {
        const ports = routes[name] ?? []
        const isUnlisted = ports.length === 0 && name !== "none.test"
        return name === "silent.test" ? undefined : { ports, isUnlisted }
      },
    },
    onPorts: (more) => ports.push(...more),
  })
  return {
    port: server.port,
    ports,
    async datagram(packet: Uint8Array): Promise<Uint8Array> {
      const answer = Promise.withResolvers<Uint8Array>()
      const socket = await Bun.udpSocket({
        connect: { hostname: "127.0.0.1", port: server.port },
        socket: { data: (_socket, bytes) => answer.resolve(new Uint8Array(bytes)) },
      })
      // Datagrams may be lost in a flood, as on any network.
      const timer = setInterval(() => socket.send(packet), 200)
      socket.send(packet)
      const bytes = await answer.promise
      clearInterval(timer)
      socket.close()
      return bytes
    },
    /** The answers to all of it; the connection is closed behind them. */
    async stream(bytes: Uint8Array, pieceBytes = Number.POSITIVE_INFINITY): Promise<readonly Uint8Array[]> {
      let said = Buffer.alloc(0)
      const closed = Promise.withResolvers<void>()
      const socket = await Bun.connect({
        hostname: "127.0.0.1",
        port: server.port,
        allowHalfOpen: true,
        socket: {
          data(_socket, more) {
            said = Buffer.concat([said, more])
          },
          end: (socket) => void socket.end(),
          close: () => closed.resolve(),
          error: () => closed.resolve(),
        },
      })
      for (let from = 0; from < bytes.length; from += pieceBytes) {
        socket.write(bytes.subarray(from, Math.min(bytes.length, from + pieceBytes)))
        await Promise.resolve()
      }
      socket.shutdown()
      await closed.promise
      const answers: Uint8Array[] = []
      for (let at = 0; at < said.length; at += 2 + said.readUInt16BE(at))
        answers.push(said.subarray(at + 2, at + 2 + said.readUInt16BE(at)))
      return answers
    },
    async [Symbol.asyncDispose]() {
      server.close()
    },
  }
}

async function connect(port: number) {
  return Bun.connect({ hostname: "127.0.0.1", port, socket: { data() {}, error() {} } })
}

function ask(name: string, type = 1): Uint8Array {
  const question = writeDnsQuestion(7, name)
  new DataView(question.buffer, question.byteOffset).setUint16(question.length - 4, type)
  return question
}

function framed(packet: Uint8Array): Buffer {
  return Buffer.concat([Buffer.from([packet.length >> 8, packet.length & 255]), packet])
}

function readAnswer(packet: Uint8Array) {
  const count = new DataView(packet.buffer, packet.byteOffset).getUint16(6)
  return { code: readResponseCode(packet), address: count === 1 ? packet.slice(-4).join(".") : undefined }
}
