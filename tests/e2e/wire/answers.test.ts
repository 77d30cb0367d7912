// Answers arrive as they were sent: status, phrase, lines, lengths, trailers, interim answers.

import { expect, test } from "bun:test"
import { bytesOf, endsWith, HOST, passThrough, readUntil, startWireWorld } from "./wire-world.ts"

const request = (method: string) => `${method} / HTTP/1.1\r\nHost: ${HOST}\r\n\r\n`
const answer = (line: string, ...lines: string[]) => `HTTP/1.1 ${[line, ...lines].join("\r\n")}\r\n\r\n`

// biome-ignore format: a table
test.each([
  // method  what                             answer
  ["GET",  "a phrase of its own",             `${answer("242 Half Done", "Content-Length: 2")}ok`],
  ["GET",  "no phrase",                       `${answer("200", "Content-Length: 2")}ok`],
  ["GET",  "lines twice, apart",              `${answer("200 OK", "Set-Cookie: a=1", "X-A: 1", "Set-Cookie: b=2", "X-A: 2", "Content-Length: 2")}ok`],
  ["GET",  "odd case and order",              `${answer("200 OK", "x-Z: 1", "CONTENT-length: 2", "etag:\"x\"", "x-empty:")}ok`],
  ["GET",  "a head of 20 KB",                 `${answer("200 OK", `X: ${"a".repeat(20_000)}`, "Content-Length: 2")}ok`],
  ["GET",  "300 lines",                       `${answer("200 OK", ...Array.from({ length: 300 }, (_, n) => `X-${n}: ${n}`), "Content-Length: 2")}ok`],
  ["GET",  "chunks, extensions and trailers", `${answer("200 OK", "Transfer-Encoding: chunked", "Trailer: X-Sum")}2;a=b\r\nok\r\n0\r\nX-Sum: 1\r\n\r\n`],
  ["GET",  "204",                             answer("204 No Content", "X-A: 1")],
  ["GET",  "304 with a length",               answer("304 Not Modified", "Content-Length: 500", "ETag: \"x\"")],
  ["GET",  "206",                             `${answer("206 Partial Content", "Content-Range: bytes 0-1/9", "Content-Length: 2")}ok`],
  ["HEAD", "a length and no body",            answer("200 OK", "Content-Length: 500")],
  ["HEAD", "no length",                       answer("200 OK", "Content-Type: text/plain")],
  ["GET",  "packed bytes",                    `${answer("200 OK", "Content-Encoding: gzip", "Content-Length: 4")}\x1f\x8b\x08\x00`],
  ["GET",  "103 before 200",                  `${answer("103 Early Hints", "Link: </a>") + answer("200 OK", "Content-Length: 2")}ok`],
  ["GET",  "a length of nothing",             answer("200 OK", "Content-Length: 0")],
] as const)("%s is answered with %s, byte for byte", async (method, _what, text) => {
  await using world = await startWireWorld()
  expect((await passThrough(world, request(method), text)).answer).toBe(text)
})

test("an answer that ends with its connection ends with ours, and says so", async () => {
  await using world = await startWireWorld()
  using agent = await world.open()
  agent.send(request("GET"))
  const far = await world.server.accepted()
  await readUntil(far, endsWith("\r\n\r\n"))
  far.send("HTTP/1.0 200 OK\r\nX-A: 1\r\n\r\nuntil the end")
  far.socket.end()
  expect(await readUntil(agent, () => false)).toBe(
    "HTTP/1.1 200 OK\r\nX-A: 1\r\nConnection: close\r\n\r\nuntil the end",
  )
})

// biome-ignore format: a table
test.each([
  ["in the middle of a length",  `${answer("200 OK", "Content-Length: 100")}part`,                    "destroy"],
  ["in the middle of a chunk",   `${answer("200 OK", "Transfer-Encoding: chunked")}ff\r\npart`,       "destroy"],
  ["between chunks, in order",   `${answer("200 OK", "Transfer-Encoding: chunked")}4\r\npart\r\n`,    "end"],
] as const)("an answer that breaks off %s is broken for the agent, never whole", async (_what, text, how) => {
  await using world = await startWireWorld()
  using agent = await world.open()
  agent.send(request("GET"))
  const far = await world.server.accepted()
  await readUntil(far, endsWith("\r\n\r\n"))
  far.send(text)
  expect(await readUntil(agent, endsWith(text.slice(-4)))).toBe(text)
  far.socket[how]()
  await agent.closed
})

test("the head of a stream arrives before its first byte, and each event alone", async () => {
  await using world = await startWireWorld()
  using agent = await world.open()
  agent.send(request("GET"))
  const far = await world.server.accepted()
  await readUntil(far, endsWith("\r\n\r\n"))
  const head = answer("200 OK", "Content-Type: text/event-stream", "Transfer-Encoding: chunked")
  far.send(head)
  expect(await readUntil(agent, endsWith("\r\n\r\n"))).toBe(head)
  for (const event of ["9\r\ndata: 1\n\n\r\n", "9\r\ndata: 2\n\n\r\n"]) {
    far.send(event)
    expect(await readUntil(agent, endsWith("\r\n"))).toBe(event)
  }
})

// biome-ignore format: a table
test.each([
  ["a length and chunks",      `${answer("200 OK", "Content-Length: 2", "Transfer-Encoding: chunked")}0\r\n\r\n`],
  ["two lengths",              `${answer("200 OK", "Content-Length: 2", "Content-Length: 2")}ok`],
  ["a status of two digits",   `${answer("20 OK", "Content-Length: 2")}ok`],
  ["a bare LF",                "HTTP/1.1 200 OK\nContent-Length: 2\n\nok"],
  ["a switch nobody asked for", answer("101 Switching Protocols", "Upgrade: x", "Connection: Upgrade")],
  ["no HTTP",                  "SSH-2.0-OpenSSH_9.2\r\n\r\n"],
] as const)("an answer with %s is a 502 with its cause, and its bytes stay away", async (_what, text) => {
  await using world = await startWireWorld()
  using agent = await world.open()
  agent.send(request("GET"))
  const far = await world.server.accepted()
  await readUntil(far, endsWith("\r\n\r\n"))
  far.send(bytesOf(text))
  const got = await agent.readResponse()
  expect([got?.status, got?.headers["x-bot-bottle-reason"], got?.body.includes("It was dialled, but")]).toEqual([502, "upstream-unreachable", true])
})

test("a client of HTTP/1.0 gets a chunked answer unpacked", async () => {
  await using world = await startWireWorld()
  using agent = await world.open()
  agent.send(`GET / HTTP/1.0\r\nHost: ${HOST}\r\n\r\n`)
  const far = await world.server.accepted()
  expect(await readUntil(far, endsWith("\r\n\r\n"))).toBe(request("GET"))
  far.send(`${answer("200 OK", "X-A: 1", "Transfer-Encoding: chunked")}2\r\nok\r\n0\r\n\r\n`)
  expect(await readUntil(agent, () => false)).toBe("HTTP/1.1 200 OK\r\nX-A: 1\r\nConnection: close\r\n\r\nok")
})
