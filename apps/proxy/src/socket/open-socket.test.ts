import { expect, test } from "bun:test"
import { type CredentialedRoute, Secret } from "@bot-bottle/contracts"
import { askThrough, openTunnel } from "../testing/raw-connection.ts"
import {
  openSocketOver,
  type RefusedHandshake,
  type SocketClient,
  type SocketClientOptions,
} from "../testing/socket-client.ts"
import {
  echo,
  type SocketUpstream,
  type SocketUpstreamOptions,
  startSocketUpstream,
} from "../testing/socket-upstream.ts"
import { route, startTestProxy, type TestProxy } from "../testing/test-proxy.ts"
import { createTestCa, startUpstream } from "../testing/upstream.ts"

const HOST = "api.example.com"

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
  await both.promise
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

test("a message that carries the route's secret does not leave: the socket closes, text or bytes", async () => {
  const secret = "sk-real-0123456789abcdef"
  const more = { injection: { header: "x-key", template: "{secret}" }, secret: new Secret(secret) }
  await using bench = await startBench({ onSocket: echo }, more)
  const ends: unknown[] = []
  for (const message of [`look: ${secret}`, Buffer.from(`look: ${secret}`)]) {
    const client = await bench.opened()
    client.socket.send("harmless")
    expect(await client.next()).toBe("harmless")
    client.socket.send(message, { binary: typeof message !== "string" })
    ends.push(await client.closed)
    await expect(client.next()).rejects.toThrow("closed")
  }
  expect(ends).toEqual(Array(2).fill({ code: 1008, reason: "dlp-match" }))
  expect(bench.proxy.events().filter(({ reason }) => reason === "dlp-match")).toHaveLength(2)
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

test("where the route says redact, a message leaves without the secret", async () => {
  const secret = "sk-real-0123456789abcdef"
  await using bench = await startBench(
    { onSocket: echo },
    {
      injection: { header: "x-key", template: "{secret}" },
      secret: new Secret(secret),
      dlp: { outbound: "redact", detect: ["known_secrets"] },
    },
  )
  await using client = await bench.opened()
  client.socket.send(`look: ${secret}!`)
  const text = await client.next()
  expect([text.toString().startsWith("look: "), text.includes(secret), text.length]).toEqual([true, false, 31])
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

/** With a credential in the policy every message is looked through; without one a socket is passed on as bytes. */
const LOOKED_FOR = route("other.example.com", {
  injection: { header: "x-key", template: "{secret}" },
  secret: new Secret("sk-other-Kq8Zt3Vw6Xy1Bn4Mc7Lp"),
})

const HANDSHAKE = {
  Host: HOST,
  Connection: "Upgrade",
  Upgrade: "websocket",
  "Sec-WebSocket-Version": "13",
  "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
}

function lines(fields: Readonly<Record<string, string>>): string {
  return Object.entries(fields)
    .map(([name, value]) => `${name}: ${value}\r\n`)
    .join("")
}

interface Bench extends AsyncDisposable {
  readonly upstream: SocketUpstream
  readonly proxy: TestProxy
  opened(options?: SocketClientOptions): Promise<SocketClient>
  refused(options?: SocketClientOptions, path?: string): Promise<RefusedHandshake>
}

async function startBench(
  upstreamOptions: SocketUpstreamOptions = {},
  more: Partial<CredentialedRoute> = {},
): Promise<Bench> {
  const upstream = await startSocketUpstream(upstreamOptions)
  const proxy = await startTestProxy({
    routes: [route(HOST, more), LOOKED_FOR],
    resolve: { [HOST]: upstream.address },
    upstreamCa: upstream.caPem,
  })
  const scheme = more.scheme === "http" ? "ws" : "wss"
  return {
    upstream,
    proxy,
    async opened(options) {
      const client = await open(proxy, options, undefined, scheme)
      if ("status" in client) throw new Error(`${client.status} ${client.body}`)
      return client
    },
    async refused(options, path) {
      const client = await open(proxy, options, path, scheme)
      if (!("status" in client)) throw new Error("the socket opened")
      return client
    },
    async [Symbol.asyncDispose]() {
      await proxy[Symbol.asyncDispose]()
      await upstream[Symbol.asyncDispose]()
    },
  }
}

async function open(proxy: TestProxy, options?: SocketClientOptions, path = "/socket?a=1", scheme = "wss") {
  const connection =
    scheme === "wss" ? await proxy.open(`${HOST}:443`) : (await openTunnel(proxy.frontPath, `${HOST}:80`)).raw
  return openSocketOver(connection, `${scheme}://${HOST}${path}`, options)
}
