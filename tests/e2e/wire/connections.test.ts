// Connections: which are used again, when a request is sent twice, and who is told that one ended.

import { expect, test } from "bun:test"
import { type RawConnection, route } from "@bot-bottle/proxy/testing"
import { endsWith, HOST, readUntil, startWireWorld, type WireWorld } from "./wire-world.ts"

const request = (method: string, path = "/") =>
  `${method} ${path} HTTP/1.1\r\nHost: ${HOST}\r\n${method === "POST" ? "Content-Length: 2\r\n" : ""}\r\n${method === "POST" ? "hi" : ""}`
const OK = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"

test("one connection to the upstream carries one agent's requests, and another's after it", async () => {
  await using world = await startWireWorld()
  using first = await world.open()
  const far = await ask(world, first)
  using second = await world.open()
  second.send(request("GET", "/second"))
  expect(await readUntil(far, endsWith("\r\n\r\n"))).toBe(request("GET", "/second"))
  far.send(OK)
  await readUntil(second, endsWith("ok"))
  expect(world.server.connections).toBe(1)
})

test("a GET on a used connection that ends without a byte is sent again, once, on one of its own", async () => {
  await using world = await startWireWorld()
  using agent = await world.open()
  const far = await ask(world, agent)
  agent.send(request("GET", "/again"))
  await readUntil(far, endsWith("\r\n\r\n"))
  far.socket.destroy()
  const second = await world.server.accepted()
  expect(await readUntil(second, endsWith("\r\n\r\n"))).toBe(request("GET", "/again"))
  second.send(OK)
  expect(await readUntil(agent, endsWith("ok"))).toBe(OK)
})

// biome-ignore format: a table
test.each([
  ["a POST on a used connection",                "POST", "used",  ""],
  ["a GET on a connection of its own",           "GET",  "fresh", ""],
  ["a GET of which an answer began",             "GET",  "used",  "HTTP/1.1 2"],
] as const)("%s is never sent twice", async (_what, method, age, said) => {
  await using world = await startWireWorld()
  using agent = await world.open()
  const used = age === "used" ? await ask(world, agent) : undefined
  agent.send(request(method, "/once"))
  const far = used ?? (await world.server.accepted())
  await readUntil(far, (text) => text.includes("/once"))
  if (said === "") far.socket.destroy()
  else far.socket.end(said)
  const answer = await agent.readResponse()
  expect([answer?.status, answer?.headers["x-bot-bottle-reason"]]).toEqual([502, "upstream-unreachable"])
  expect(world.server.connections).toBe(1)
})

test("bytes that nobody asked for end the connection, and are nobody's answer", async () => {
  await using world = await startWireWorld()
  using agent = await world.open()
  agent.send(request("GET"))
  const far = await world.server.accepted()
  await readUntil(far, endsWith("\r\n\r\n"))
  far.send(`${OK}HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nother`)
  expect(await readUntil(agent, endsWith("ok"))).toBe(OK)
  await far.closed
  agent.send(request("GET", "/next"))
  const next = await world.server.accepted()
  await readUntil(next, endsWith("\r\n\r\n"))
  next.send(OK)
  expect(await readUntil(agent, endsWith("ok"))).toBe(OK)
})

test("an agent that says its last byte after its request still reads the answer", async () => {
  await using world = await startWireWorld()
  using agent = await world.open()
  agent.socket.end(request("GET"))
  const far = await world.server.accepted()
  await readUntil(far, endsWith("\r\n\r\n"))
  await Bun.sleep(20)
  far.send(OK)
  expect(await readUntil(agent, endsWith("ok"))).toBe(OK)
})

test("an agent that leaves ends its upstream's connection", async () => {
  await using world = await startWireWorld()
  const agent = await world.open()
  agent.send(request("GET"))
  const far = await world.server.accepted()
  await readUntil(far, endsWith("\r\n\r\n"))
  far.send("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\npart")
  await readUntil(agent, endsWith("part"))
  agent.socket.destroy()
  await far.closed
})

test("INV-55: a cut ends what is under way and what waits for its connection, and nothing leaves after it", async () => {
  await using world = await startWireWorld({
    routes: [route(HOST), route("slow.example.com")],
    lookup: () => new Promise(() => {}),
  })
  using busy = await world.open()
  busy.send(request("GET"))
  const far = await world.server.accepted()
  await readUntil(far, endsWith("\r\n\r\n"))
  using dialling = await world.proxy.open("slow.example.com:443")
  dialling.send("GET / HTTP/1.1\r\nHost: slow.example.com\r\n\r\n")
  using held = await world.open()
  held.send(`POST / HTTP/1.1\r\nHost: ${HOST}\r\nContent-Length: 10\r\n\r\nhalf`)
  await world.proxy.control("POST", "/cutoff")
  await Promise.all([busy.closed, dialling.closed, held.closed, far.closed])
})

// Without a credential in the policy nothing is looked through, and a socket is bytes.
test("a WebSocket handshake and what follows it pass byte for byte, both ways", async () => {
  await using world = await startWireWorld()
  using agent = await world.open()
  const lines = [
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
    "Sec-WebSocket-Version: 13",
    "sec-websocket-extensions: permessage-deflate; x=1",
  ]
  agent.send(
    `GET /chat HTTP/1.1\r\nHost: ${HOST}\r\n${lines.join("\r\n")}\r\nUpgrade: websocket\r\nConnection: keep-alive, Upgrade\r\n\r\n`,
  )
  const far = await world.server.accepted()
  expect(await readUntil(far, endsWith("\r\n\r\n"))).toBe(
    `GET /chat HTTP/1.1\r\nHost: ${HOST}\r\n${lines.join("\r\n")}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n`,
  )
  const switching =
    "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n"
  far.send(`${switching}\x81\x02hi`)
  expect(await readUntil(agent, endsWith("hi"))).toBe(`${Buffer.from(`${switching}\x81\x02hi`).toString("latin1")}`)
  agent.send(Buffer.from([1, 2, 3]))
  expect(await readUntil(far, (said) => said.length === 3)).toBe("\x01\x02\x03")
  agent.socket.destroy()
  await far.closed
})

/** Leaves one connection to the upstream that was used and is idle. */
async function ask(world: WireWorld, agent: RawConnection): Promise<RawConnection> {
  agent.send(request("GET", "/first"))
  const far = await world.server.accepted()
  await readUntil(far, endsWith("\r\n\r\n"))
  far.send(OK)
  await readUntil(agent, endsWith("ok"))
  return far
}
