import { expect, test } from "bun:test"
import type { Denial } from "@bot-bottle/contracts"
import { findFreePort } from "@bot-bottle/testkit"
import { connectRaw } from "../../testing/raw-connection.ts"
import { startRawServer } from "../../testing/raw-server.ts"
import type { AddressResult, Endpoint } from "../../upstream/address-book.ts"
import { Passthrough } from "./passthrough.ts"

const DEAD = findFreePort()

test.each([[["live"]], [["dead", "live"]], [["dead", "dead", "live"]]] as const)(
  "a passthrough tries one address after another until one answers: %j",
  async (order) => {
    await using far = await startRawServer({ scheme: "http" })
    const endpoints = order.map((kind) => loopback(kind === "dead" ? DEAD : far.port))
    await using tunnel = await openPassthrough({ outcome: "found", endpoints }, "GET /first HTTP/1.1\r\n")
    tunnel.client.send("Host: second\r\n\r\n")
    const upstream = await far.accepted()
    expect((await upstream.readHead())?.headers).toEqual({ host: "second" })
    upstream.send("HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nhello")
    expect((await tunnel.client.readResponse())?.body.toString()).toBe("hello")
    expect({ connections: far.connections, refused: tunnel.refused }).toEqual({ connections: 1, refused: [] })
  },
)

test.each([
  ["every address is dead", { outcome: "found", endpoints: [DEAD, DEAD].map(loopback) }, "upstream-unreachable"],
  ["no address may be dialled", { outcome: "refused", reason: "address-not-allowed" }, "address-not-allowed"],
] as const)("a passthrough ends, and says why once, when %s", async (_what, found, reason) => {
  await using tunnel = await openPassthrough(found, "first")
  await tunnel.client.closed
  expect(tunnel.refused).toEqual([reason])
})

test("bytes that come while the far end is dialled follow the first ones", async () => {
  await using far = await startRawServer({ scheme: "http" })
  const near = { write: (bytes: Uint8Array) => bytes.length, end() {}, terminate() {}, pause() {}, resume() {} }
  const passthrough = new Passthrough({
    near,
    first: Buffer.from("GET / HTTP/1.1\r\n"),
    findEndpoints: async () => ({ outcome: "found", endpoints: [loopback(far.port)] }),
    onRefused: (reason) => {
      throw new Error(reason)
    },
  })
  passthrough.receive(Buffer.from("Host: a\r\n\r\n"))
  expect((await (await far.accepted()).readHead())?.headers).toEqual({ host: "a" })
  passthrough.closed()
})

/** A client whose connection is passed through to these addresses. */
async function openPassthrough(found: AddressResult, first: string) {
  const refused: Denial["reason"][] = []
  const server = Bun.listen<Passthrough | undefined>({
    hostname: "127.0.0.1",
    port: 0,
    allowHalfOpen: true,
    socket: {
      open(near) {
        near.data = new Passthrough({
          near,
          first: Buffer.from(first),
          findEndpoints: async () => found,
          onRefused: (reason) => refused.push(reason),
        })
      },
      data: ({ data: relay }, bytes) => relay?.receive(bytes),
      drain: ({ data: relay }) => relay?.drain(),
      end: ({ data: relay }) => relay?.ended(),
      close: ({ data: relay }) => relay?.closed(),
    },
  })
  const client = await connectRaw(server.port)
  return {
    client,
    refused,
    async [Symbol.asyncDispose]() {
      client[Symbol.dispose]()
      server.stop(true)
    },
  }
}

function loopback(port: number): Endpoint {
  return { address: "127.0.0.1", port }
}
