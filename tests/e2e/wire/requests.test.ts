// Requests leave as they came: target, method, lines, bodies, lengths, trailers.

import { expect, test } from "bun:test"
import { bytesOf, endsWith, HOST, passThrough, readUntil, startWireWorld } from "./wire-world.ts"

const OK = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
const head = (line: string, ...lines: string[]) =>
  `${[`${line} HTTP/1.1`, `Host: ${HOST}`, ...lines].join("\r\n")}\r\n\r\n`

// biome-ignore format: a table
test.each([
  ["a GET with a body by length",          `${head("GET /search", "Content-Length: 11", "Content-Type: application/json")}{"query":1}`],
  ["a GET with a body in chunks",          `${head("GET /search", "Transfer-Encoding: chunked")}5\r\nhello\r\n0\r\n\r\n`],
  ["a path with two slashes",              head("GET //bucket//key")],
  ["a path with dot segments",             head("GET /a/../b/./c")],
  ["a path with escaped dots",             head("GET /a/%2e%2e/b")],
  ["a path with a backslash",              head("GET /a\\b")],
  ["a path with odd characters",           head("GET /'{}^\"|`<>")],
  ["a query with odd characters",          head("GET /?a=b%20c+d&&x[]=1;y='\"<>{}")],
  ["LIST",                                 head("LIST /v1/secret")],
  ["PURGE",                                head("PURGE /x")],
  ["PROPFIND with a body",                 `${head("PROPFIND /dav", "Depth: 1", "Content-Length: 3")}<x>`],
  ["a method of its own",                  head("FROBNICATE /x")],
  ["a head of 20 KB",                      head("GET /", `X-Long: ${"a".repeat(20_000)}`)],
  ["300 lines",                            head("GET /", ...Array.from({ length: 300 }, (_, n) => `X-${n}: ${n}`))],
  ["lines twice, apart",                   head("GET /", "X-A: 1", "X-B: 2", "X-A: 3")],
  ["odd case, order, blanks, no value",    head("GET /", "aCCept:*/*", "X-Z:  two  ", "x-empty:", "ACCEPT-language: de")],
  ["UTF-8 in a value",                     head("GET /", "X-Name: caf\xc3\xa9 \xe4\xb8\x96")],
  ["a POST by length",                     `${head("POST /", "Content-Length: 5")}hello`],
  ["a POST of nothing",                    head("POST /", "Content-Length: 0")],
  ["chunks with extensions",               `${head("POST /", "Transfer-Encoding: chunked")}5;a=b;c="d"\r\nhello\r\n0;x\r\n\r\n`],
  ["chunks with trailers",                 `${head("POST /", "Transfer-Encoding: chunked")}5\r\nhello\r\n0\r\nX-Sum: 1\r\ny: 2\r\n\r\n`],
  ["OPTIONS *",                            head("OPTIONS *")],
  ["a packed body",                        `${head("POST /", "Content-Encoding: gzip", "Content-Length: 4")}\x1f\x8b\x08\x00`],
] as const)("%s leaves byte for byte", async (_what, request) => {
  await using world = await startWireWorld()
  expect(await passThrough(world, request, OK)).toEqual({ request, answer: OK })
})

test("lines for this hop alone do not leave, and nothing is added", async () => {
  await using world = await startWireWorld()
  const sent = head(
    "GET /",
    "Connection: keep-alive, X-Hop",
    "Keep-Alive: timeout=5",
    "TE: trailers",
    "X-Hop: 1",
    "Proxy-Connection: x",
    "X-Own: stays",
  )
  expect((await passThrough(world, sent, OK)).request).toBe(head("GET /", "X-Own: stays"))
})

test("Expect: 100-continue and the upstream's word on it pass", async () => {
  await using world = await startWireWorld()
  using agent = await world.open()
  const expecting = head("POST /", "Content-Length: 5", "Expect: 100-continue")
  agent.send(expecting)
  const far = await world.server.accepted()
  expect(await readUntil(far, endsWith("\r\n\r\n"))).toBe(expecting)
  far.send("HTTP/1.1 100 Continue\r\n\r\n")
  expect(await readUntil(agent, endsWith("\r\n\r\n"))).toBe("HTTP/1.1 100 Continue\r\n\r\n")
  agent.send("hello")
  expect(await readUntil(far, endsWith("hello"))).toBe("hello")
  far.send(OK)
  expect(await readUntil(agent, endsWith("ok"))).toBe(OK)
})

test("a final answer in place of 100 reaches the agent, and no body is asked for", async () => {
  await using world = await startWireWorld()
  using agent = await world.open()
  agent.send(head("POST /", "Content-Length: 5", "Expect: 100-continue"))
  const far = await world.server.accepted()
  await readUntil(far, endsWith("\r\n\r\n"))
  far.send("HTTP/1.1 413 Too Large\r\nContent-Length: 2\r\n\r\nno")
  expect(await readUntil(agent, endsWith("no"))).toBe("HTTP/1.1 413 Too Large\r\nContent-Length: 2\r\n\r\nno")
})

test("an answer before the request's end is relayed; the rest is discarded, and the connection is used again", async () => {
  await using world = await startWireWorld()
  using agent = await world.open()
  agent.send(`${head("POST /", "Content-Length: 100000")}${"a".repeat(50_000)}`)
  const far = await world.server.accepted()
  await readUntil(far, (said) => said.length > 1_000)
  const early = "HTTP/1.1 413 Too Large\r\nContent-Length: 2\r\n\r\nno"
  far.send(early)
  expect(await readUntil(agent, endsWith("no"))).toBe(early)
  agent.send("a".repeat(50_000))
  agent.send(head("GET /next"))
  const next = await world.server.accepted()
  expect(await readUntil(next, endsWith("\r\n\r\n"))).toBe(head("GET /next"))
})

test("two requests in one packet are answered in order", async () => {
  await using world = await startWireWorld()
  using agent = await world.open()
  agent.send(head("GET /one") + head("GET /two"))
  const far = await world.server.accepted()
  expect(await readUntil(far, endsWith("\r\n\r\n"))).toBe(head("GET /one"))
  far.send(OK)
  expect(await readUntil(far, endsWith("\r\n\r\n"))).toBe(head("GET /two"))
  far.send(OK.replace("ok", "no"))
  expect(await readUntil(agent, endsWith("no"))).toBe(OK + OK.replace("ok", "no"))
})

test("a 4 MB upload arrives whole, with its length", async () => {
  await using world = await startWireWorld()
  using agent = await world.open()
  const body = Buffer.alloc(4 * 1024 * 1024, "upload ")
  agent.send(head("PUT /", `Content-Length: ${body.length}`))
  agent.send(body)
  const far = await world.server.accepted()
  const start = await readUntil(far, (said) => said.includes("\r\n\r\n"))
  let size = start.length - start.indexOf("\r\n\r\n") - 4
  far.socket.on("data", (bytes) => {
    size += bytes.length
    if (size === body.length) far.send(OK)
  })
  if (size === body.length) far.send(OK)
  expect(start).toContain(`Content-Length: ${body.length}`)
  expect(await readUntil(agent, endsWith("ok"))).toBe(OK)
})

// biome-ignore format: a table
test.each([
  ["a length and chunks",    400, `${head("POST /", "Content-Length: 4", "Transfer-Encoding: chunked")}0\r\n\r\n`],
  ["two lengths",            400, `${head("POST /", "Content-Length: 1", "Content-Length: 1")}a`],
  ["two Hosts",              400, head("GET /", `Host: ${HOST}`)],
  ["another host's Host",    421, "GET / HTTP/1.1\r\nHost: other.example\r\n\r\n"],
  ["a bare LF",              400, `GET / HTTP/1.1\nHost: ${HOST}\n\n`],
  ["a folded line",          400, head("GET /", "X: a\r\n b")],
  ["a blank before a colon", 400, head("GET /", "X : a")],
  ["an odd coding",          400, `${head("POST /", "Transfer-Encoding: xchunked")}0\r\n\r\n`],
  ["a chunk size of 0x3",    400, `${head("POST /", "Transfer-Encoding: chunked")}0x3\r\nabc\r\n0\r\n\r\n`],
  ["a chunk size of +3",     400, `${head("POST /", "Transfer-Encoding: chunked")}+3\r\nabc\r\n0\r\n\r\n`],
  ["a chunk size with blank",400, `${head("POST /", "Transfer-Encoding: chunked")}3 \r\nabc\r\n0\r\n\r\n`],
  ["Content_Length",         400, `${head("POST /", "Content_Length: 4")}abcd`],
  ["a head of 200 KB",       431, head("GET /", `X: ${"a".repeat(200_000)}`)],
  ["HTTP/2.0",               505, `GET / HTTP/2.0\r\nHost: ${HOST}\r\n\r\n`],
  ["an unknown expectation", 400, head("GET /", "Expect: gold")],
] as const)("%s is refused with %i, a reason and a log line, and no request leaves whole", async (_what, status, request) => {
  await using world = await startWireWorld()
  using agent = await world.open()
  agent.send(bytesOf(request))
  const answer = await agent.readResponse()
  expect([answer?.status, answer?.whole, world.proxy.events().map(({ kind }) => kind)]).toEqual([status, true, ["denied"]])
  expect(answer?.headers["x-bot-bottle-reason"]).toBe(world.proxy.events()[0]?.reason ?? "")
  expect(answer?.headers["connection"]).toBeOneOf(["close", "keep-alive"])
})
