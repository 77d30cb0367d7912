// The handshake: its headers, and the answers of a host that opens no socket.

import { expect, test } from "bun:test"
import { Secret } from "@bot-bottle/contracts"
import { HANDSHAKE, HOST, lines, open, startBench } from "../testing/socket-proxy.ts"
import { echo, startSocketUpstream } from "../testing/socket-upstream.ts"
import { route, startTestProxy } from "../testing/test-proxy.ts"
import { createTestCa, startUpstream } from "../testing/upstream.ts"

test("INV-11: a handshake leaves as a request would: keys out, the route's in, hop headers our own", async () => {
  await using bench = await startBench(
    { headers: ["x-from-host: yes", "set-cookie: a=1", "x-echo: sk-real"], protocol: "chat" },
    { injection: { header: "authorization", template: "Bearer {secret}" }, secret: new Secret("sk-real-0123456789") },
  )
  await using client = await bench.opened({
    protocols: ["chat", "openai-insecure-api-key.sk-agent"],
    headers: {
      authorization: "Bearer agent",
      cookie: "session=1",
      origin: "https://app.example.com",
      "x-kept": "1",
      "x-forwarded-host": "evil.example.com",
    },
  })
  const [{ headers, target } = { headers: {}, target: "" }] = bench.upstream.seen
  expect({
    target,
    host: headers.host,
    authorization: headers.authorization,
    cookie: headers.cookie,
    origin: headers.origin,
    kept: headers["x-kept"],
    forwarded: headers["x-forwarded-host"],
    protocol: headers["sec-websocket-protocol"],
  }).toEqual({
    target: "/socket?a=1",
    host: HOST,
    authorization: "Bearer sk-real-0123456789",
    cookie: undefined,
    origin: "https://app.example.com",
    kept: "1",
    forwarded: undefined,
    protocol: "chat",
  })
  expect({ ...client.headers, protocol: client.socket.protocol }).toMatchObject({
    "x-from-host": "yes",
    "set-cookie": ["a=1"],
    protocol: "chat",
  })
})

// biome-ignore format: a table
test.each([
  // the host's answer
  ["HTTP/1.1 426 Upgrade Required\r\ncontent-type: application/json\r\ncontent-length: 15\r\nx-why: no\r\n\r\n{\"error\":\"http\"}".replace("15", "16"), 426, '{"error":"http"}'],
  ["HTTP/1.1 401 Unauthorized\r\nwww-authenticate: Bearer\r\ncontent-length: 4\r\n\r\nkey?",                                 401, "key?"],
  ["HTTP/1.1 404 Not Found\r\ntransfer-encoding: chunked\r\n\r\n2\r\nno\r\n2\r\npe\r\n0\r\n\r\n",                              404, "nope"],
  ["HTTP/1.1 302 Found\r\nlocation: https://elsewhere.example.com/\r\ncontent-length: 0\r\n\r\n",                              302, ""],
  ["HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nhello",                                                                       200, "hello"],
] as const)("what the host answers instead of a socket reaches the agent: %j", async (answer, status, body) => {
  await using bench = await startBench({ refuse: () => answer })
  const refused = await bench.refused()
  expect({ status: refused.status, body: refused.body }).toEqual({ status, body })
  if (status === 302) expect(refused.headers["location"]).toBe("https://elsewhere.example.com/")
  expect(bench.upstream.seen).toHaveLength(1)
})

test("INV-12: a host whose certificate is another's, or another CA's, is not spoken to", async () => {
  const other = createTestCa()
  await using stranger = await startSocketUpstream({ ca: other })
  await using misnamed = await startBench({ host: "other.example.com" })
  await using proxy = await startTestProxy({
    routes: [route(HOST)],
    resolve: { [HOST]: stranger.address },
    upstreamCa: createTestCa().pem,
  })
  const reasons = [await misnamed.refused(), await open(proxy)].map((one) =>
    "status" in one ? [one.status, one.headers["x-bot-bottle-reason"]] : "opened",
  )
  expect(reasons).toEqual([
    [502, "upstream-tls"],
    [502, "upstream-tls"],
  ])
  expect(stranger.seen).toEqual([])
})

test("the route's rules hold for a handshake, and a plain http: route relays as well", async () => {
  await using bench = await startBench(
    { scheme: "http", onSocket: echo },
    {
      scheme: "http",
      port: 80,
      matches: [{ paths: [{ type: "prefix", value: "/socket" }], methods: ["GET"], headers: [] }],
    },
  )
  await using client = await bench.opened()
  client.socket.send("hi")
  expect(await client.next()).toBe("hi")
  const refused = await bench.refused({}, "/other")
  expect([refused.status, refused.headers["x-bot-bottle-reason"]]).toEqual([403, "method-or-path-not-allowed"])
})

// biome-ignore format: a table
test.each([
  ["version 12",       "GET",  { "Sec-WebSocket-Version": "12" }],
  ["no key",           "GET",  { "Sec-WebSocket-Key": "" }],
  ["a short key",      "GET",  { "Sec-WebSocket-Key": "c2hvcnQ=" }],
  ["another method",   "POST", {}],
  ["two upgrades",     "GET",  { Upgrade: "websocket, h2c" }],
  ["a protocol twice", "GET",  { "Sec-WebSocket-Protocol": "a, a" }],
] as const)("a handshake with %s is refused and never leaves", async (_what, method, changes) => {
  await using bench = await startBench()
  using connection = await bench.proxy.open(`${HOST}:443`)
  const fields = { ...HANDSHAKE, ...changes }
  connection.send(`${method} /socket HTTP/1.1\r\n${lines(fields)}\r\n`)
  const answer = await connection.readResponse()
  expect([answer?.status, answer?.headers["x-bot-bottle-reason"], bench.upstream.seen]).toEqual([400, "foreign-protocol", []])
})

test("an upgrade to anything else is an offer not taken up: the request leaves without it", async () => {
  await using upstream = startUpstream({ host: HOST })
  await using proxy = await startTestProxy({
    routes: [route(HOST)],
    resolve: { [HOST]: upstream.address },
    upstreamCa: upstream.caPem,
  })
  using connection = await proxy.open(`${HOST}:443`)
  connection.send(`GET / HTTP/1.1\r\n${lines({ Host: HOST, Connection: "Upgrade", Upgrade: "h2c" })}\r\n`)
  expect([(await connection.readResponse())?.status, upstream.seen[0]?.headers["upgrade"]]).toEqual([200, undefined])
})

// biome-ignore format: a table
test.each([
  ["its address",    "/socket?a=", {}],
  ["a header",       "/socket",    { "x-note": "" }],
] as const)("INV-110: a handshake with the route's secret in %s is refused, and nothing is dialled", async (_, path, headers) => {
  const secret = "sk-real-0123456789abcdef"
  const more = { injection: { header: "x-key", template: "{secret}" }, secret: new Secret(secret) }
  await using bench = await startBench({ onSocket: echo }, more)
  const withSecret = Object.fromEntries(Object.keys(headers).map((name) => [name, `look: ${secret}`]))
  const refused = await bench.refused({ headers: withSecret }, path.endsWith("=") ? path + secret : path)
  expect([refused.status, refused.headers["x-bot-bottle-reason"], bench.upstream.seen]).toEqual([403, "dlp-match", []])
  // Control: the same without it.
  await using client = await bench.opened({ headers: Object.fromEntries(Object.keys(headers).map((name) => [name, "hello"])) })
  client.socket.send("hi")
  expect(await client.next()).toBe("hi")
})
