import { expect, test } from "bun:test"
import { within } from "@bot-bottle/testkit"
import { askThrough } from "../testing/raw-connection.ts"
import { HOST, startBench } from "../testing/socket-proxy.ts"
import { echo } from "../testing/socket-upstream.ts"

test("INV-8: text stays text and bytes stay bytes, empty, torn characters' worth and large", async () => {
  await using bench = await startBench({ onSocket: echo })
  await using client = await bench.opened()
  const messages = [
    "",
    "hi",
    "\ufeffBOM and 世界 🎉",
    "x".repeat(3_000_000),
    Buffer.alloc(0),
    Buffer.from([0, 255, 128]),
    Buffer.alloc(2_000_000, 7),
  ]
  for (const message of messages) client.socket.send(message, { binary: typeof message !== "string" })
  const came: unknown[] = []
  while (came.length < messages.length) came.push(await client.next())
  expect(came.map((one) => (typeof one === "string" ? one : `bytes ${Bun.hash(one as Buffer)}`))).toEqual(
    messages.map((one) => (typeof one === "string" ? one : `bytes ${Bun.hash(one)}`)),
  )
})

test("a message in fragments arrives whole, with a ping between them answered", async () => {
  await using bench = await startBench({ onSocket: echo })
  await using client = await bench.opened()
  for (const [index, part] of ["ab", "cd", "ef"].entries()) {
    client.socket.send(part, { binary: false, fin: index === 2 })
    client.socket.ping(`p${index}`)
  }
  expect(await client.next()).toBe("abcdef")
  expect(client.pongs).toEqual(["p0", "p1", "p2"])
})

test("pings of both sides reach the other, and each is answered once", async () => {
  await using bench = await startBench()
  await using client = await bench.opened()
  const far = await bench.upstream.accepted()
  const pings: string[] = []
  const pongs: string[] = []
  const both = Promise.withResolvers<void>()
  far
    .on("ping", (data) => {
      pings.push(data.toString())
      far.pong(data)
    })
    .on("pong", (data) => {
      pongs.push(data.toString())
      both.resolve()
    })
  client.socket.ping("from the agent")
  far.ping("from the host")
  await within("the ping and the pong", both.promise)
  far.send("over")
  await client.next()
  expect({ pings, pongs, agents: client.pongs }).toEqual({
    pings: ["from the agent"],
    pongs: ["from the host"],
    agents: ["from the agent"],
  })
})

// biome-ignore format: a table
test.each([
  // code      reason
  [1000,       ""],
  [1000,       "done"],
  [1001,       "going away"],
  [1011,       "it broke ü"],
  [1012,       "restart"],
  [3000,       ""],
  [4999,       "x".repeat(123)],
] as const)("INV-8: a close with %i %j is passed on, from either side", async (code, reason) => {
  await using bench = await startBench()
  const agentFirst = await bench.opened()
  await bench.upstream.accepted()
  agentFirst.socket.close(code, reason)
  await agentFirst.closed
  const hostFirst = await bench.opened()
  const far = await bench.upstream.accepted()
  const farClosed = new Promise<void>((resolve) => far.on("close", () => resolve()))
  far.close(code, reason)
  expect(await hostFirst.closed).toEqual({ code, reason })
  await farClosed
  expect(bench.upstream.ended[0]).toEqual({ code, reason })
})

test("INV-8: a close without a code, and an end without a close frame, stay that", async () => {
  await using bench = await startBench()
  const ends: unknown[] = []
  for (const end of ["close", "terminate"] as const) {
    const fromAgent = await bench.opened()
    const far = await bench.upstream.accepted()
    const farClosed = new Promise<number>((resolve) => far.on("close", resolve))
    fromAgent.socket[end]()
    ends.push(await farClosed)
    const fromHost = await bench.opened()
    ;(await bench.upstream.accepted())[end]()
    ends.push((await fromHost.closed).code)
  }
  expect(ends).toEqual([1005, 1005, 1006, 1006])
})

test("what is too large closes the socket with 1009, on the agent's side and for the agent", async () => {
  await using bench = await startBench()
  const large = Buffer.alloc(33 * 1024 * 1024)
  const fromAgent = await bench.opened()
  await bench.upstream.accepted()
  fromAgent.socket.send(large, { binary: true })
  const fromHost = await bench.opened()
  ;(await bench.upstream.accepted()).send(large, { binary: true })
  expect([(await fromAgent.closed).code, (await fromHost.closed).code]).toEqual([1009, 1009])
}, 30_000)

test("the upstream is offered compression when the agent offers it; the hop to the agent has none", async () => {
  await using bench = await startBench({ onSocket: echo })
  const extensions: unknown[] = []
  for (const deflate of [true, false]) {
    await using client = await bench.opened({ deflate })
    const far = await bench.upstream.accepted()
    client.socket.send("squeeze ".repeat(10_000))
    expect(await client.next()).toBe("squeeze ".repeat(10_000))
    extensions.push([client.socket.extensions, far.extensions])
  }
  expect(extensions).toEqual([
    ["", "permessage-deflate"],
    ["", ""],
  ])
})

test("INV-55: a cut ends open sockets at once, on both sides, and no new one opens", async () => {
  await using bench = await startBench()
  await using client = await bench.opened()
  const far = await bench.upstream.accepted()
  const farClosed = new Promise<number>((resolve) => far.on("close", resolve))
  await bench.proxy.control("POST", "/cutoff")
  await client.closed
  expect(await farClosed).toBe(1006)
  expect((await askThrough(bench.proxy.frontPath, bench.proxy.ca, `${HOST}:443`)).status).toBe(403)
})

test("of 49 sockets the last is refused, and opens once another is closed", async () => {
  await using bench = await startBench({ onSocket: echo })
  const clients = await Promise.all(Array.from({ length: 48 }, () => bench.opened()))
  const refused = await bench.refused()
  expect([refused.status, refused.body.includes("48 WebSockets open")]).toEqual([502, true])
  clients[0]?.socket.close(1000)
  await clients[0]?.closed
  await using again = await bench.opened()
  again.socket.send("hi")
  expect(await again.next()).toBe("hi")
})

test("each socket is in the log once, with its path and no more", async () => {
  await using bench = await startBench()
  const client = await bench.opened()
  client.socket.close()
  await client.closed
  expect(bench.proxy.events()).toMatchObject([
    { kind: "forwarded", method: "GET", host: HOST, path: "/socket", status: 101 },
  ])
})
