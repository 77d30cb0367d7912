// How a billed request may end, and its charge: torn answers, clients that leave, cuts.

import { expect, test } from "bun:test"
import { HOST, messages, startBench, startOpenStream, startUnanswered, USAGE } from "../testing/billed-proxy.ts"
import { createTestCa } from "../testing/upstream.ts"

test("INV-9: an error of the provider's costs nothing and reaches the client", async () => {
  await using bench = await startBench({ reply: () => ({ text: "busy", status: 529, usage: USAGE }) })
  const response = await bench.ask({})
  await bench.settled(1)
  expect([response.status, response.body.toString().includes("busy")]).toEqual([529, true])
  expect(await bench.usage()).toMatchObject({ requests: 1, charged: 0 })
})

test("INV-9: a torn answer is charged at least what was seen, flagged, and torn for the client too", async () => {
  await using bench = await startBench({
    reply: () => ({ text: "one two three four five", usage: USAGE, tearAfterEvents: 4 }),
  })
  const response = await bench.ask({ stream: true })
  await bench.settled(1)
  const usage = await bench.usage()
  expect([response.whole, usage?.estimated, usage?.usage.inputTokens]).toEqual([false, 1, 25])
})

test("INV-9: a torn answer outside a stream is charged the whole reservation", async () => {
  await using bench = await startBench({
    reply: () => ({ text: "one two three four five", usage: USAGE, tearAfterEvents: 1 }),
  })
  await bench.ask({ stream: false, maxTokens: 777 })
  await bench.settled(1)
  expect((await bench.usage())?.charged).toBeGreaterThanOrEqual(777)
})

test("INV-9: a client that leaves mid-stream is charged what was seen, and the provider is hung up on", async () => {
  await using open = await startOpenStream()
  const { bench, connection } = open
  connection[Symbol.dispose]()
  await bench.settled(1)
  open.finish()
  expect(await bench.usage()).toMatchObject({ requests: 1, estimated: 1 })
})

test.each([
  [true, ""],
  [false, ""],
  [true, "HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n"],
  [false, "HTTP/1.1 102 Processing\r\n\r\nHTTP/1.1 102 Processing\r\n\r\n"],
])(
  "INV-9: stream %p: an upstream that ends without a byte of an answer, but for %j, is charged the input alone",
  async (stream, interim) => {
    const ca = createTestCa()
    let seen = 0
    using upstream = Bun.listen({
      hostname: "127.0.0.1",
      port: 0,
      tls: ca.mint(HOST),
      socket: {
        data(socket) {
          seen += 1
          socket.write(interim)
          socket.flush()
          socket.end()
        },
      },
    })
    await using bench = await startBench({}, { address: `127.0.0.1:${upstream.port}`, upstreamCa: ca.pem })
    using connection = await bench.open()
    connection.send(messages({ stream, maxTokens: 50_000 }))
    let response = await connection.readResponse()
    while ((response?.status ?? 200) < 200) response = await connection.readResponse()
    await bench.settled(1)
    expect([response?.status, response?.headers["x-bot-bottle-reason"], seen]).toEqual([502, "upstream-unreachable", 1])
    const { estimated, usage, charged = 0 } = (await bench.usage()) ?? {}
    expect({ estimated, output: usage?.outputTokens }).toEqual({ estimated: 1, output: 0 })
    expect(charged).toBeWithin(10, 100)
  },
)

test("INV-9: a client that leaves before the answer begins is charged the reservation", async () => {
  await using open = await startUnanswered({ maxTokens: 500 })
  const { bench, connection } = open
  connection[Symbol.dispose]()
  await bench.settled(1)
  expect((await bench.usage())?.charged).toBeGreaterThanOrEqual(500)
})
