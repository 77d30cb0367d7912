import { expect, test } from "bun:test"
import { createServer, type Server } from "node:net"
import { join } from "node:path"
import { createSecureContext, createServer as createTlsServer, type TLSSocket } from "node:tls"
import { type Authority, parseAuthority } from "@bot-bottle/contracts"
import { openTempFolder } from "@bot-bottle/testkit"
import { createTestCa, startUpstream, type TestCa } from "../testing/upstream.ts"
import type { AddressBook } from "./address-book.ts"
import { createSender, type OutboundRequest } from "./send.ts"

const ca = createTestCa()

test("INV-54: the name is verified, not the address that is dialled", async () => {
  await using upstream = startUpstream({ ca })
  await using sender = await senderTo("api.example.com", [upstream.address], ca)
  const sent = await sender.send(request())
  expect(sent.outcome).toBe("answered")
  expect(upstream.seen.map(({ target, headers }) => [target, headers["host"]])).toEqual([
    ["/v1?x=1", "api.example.com"],
  ])
})

test.each([
  // certificate                              what is wrong
  ["another name", () => startUpstream({ ca, host: "other.example.com" })],
  ["expired", () => startUpstream({ ca, validity: { fromMs: Date.now() - 9e8, toMs: Date.now() - 1e6 } })],
  ["not yet valid", () => startUpstream({ ca, validity: { fromMs: Date.now() + 8e7, toMs: Date.now() + 9e8 } })],
  ["of an unknown CA", () => startUpstream({ ca: createTestCa() })],
] as const)("INV-54: a certificate that is %s is upstream-tls, and nothing left", async (_what, start) => {
  await using upstream = start()
  await using sender = await senderTo("api.example.com", [upstream.address], ca)
  expect(await sender.send(request())).toEqual({ outcome: "refused", reason: "upstream-tls", mayHaveLeft: false })
  expect(upstream.seen).toEqual([])
})

test("an upstream that does not speak TLS is upstream-tls or unreachable, never an answer", async () => {
  await using upstream = startUpstream({ scheme: "http" })
  await using sender = await senderTo("api.example.com", [upstream.address], ca)
  expect((await sender.send(request())).outcome).toBe("refused")
})

test("INV-54: two names on one address never share a connection or a verification", async () => {
  await using server = await startTwoNames(ca, ["a.example.com", "b.example.com"])
  await using toA = await senderTo("a.example.com", [server.address], ca)
  await using toB = await senderTo("b.example.com", [server.address], ca)
  await using toC = await senderTo("c.example.com", [server.address], ca)
  const said: string[] = []
  for (const sender of [toA, toA, toB, toB, toA]) {
    const sent = await sender.send(request())
    said.push(sent.outcome === "answered" ? await sent.response.text() : sent.outcome)
  }
  // c has a certificate for a: a pool that forgot names would let it ride on a's connection.
  expect(await toC.send(request())).toMatchObject({ reason: "upstream-tls" })
  const [a1, a2, b1, b2, a3] = said
  expect([a1, b1].map((text) => text?.replace(/ .*/, ""))).toEqual([
    "a.example.com|a.example.com",
    "b.example.com|b.example.com",
  ])
  expect([a2 === a1, b2 === b1, a3 === a1]).toEqual([true, true, true])
})

test.each([
  [
    "a refused connection",
    async () => ({ address: `127.0.0.1:${await closedPort()}`, [Symbol.asyncDispose]: async () => {} }),
  ],
] as const)("%s is unreachable, and nothing left", async (_what, start) => {
  await using target = await start()
  await using sender = await senderTo("api.example.com", [target.address], ca)
  expect(await sender.send(request())).toEqual({
    outcome: "refused",
    reason: "upstream-unreachable",
    mayHaveLeft: false,
  })
})

test("an upstream that hangs up after the request may have billed it", async () => {
  await using server = await startTwoNames(ca, ["api.example.com"], (socket) => socket.destroy())
  await using sender = await senderTo("api.example.com", [server.address], ca)
  expect(await sender.send(request())).toEqual({
    outcome: "refused",
    reason: "upstream-unreachable",
    mayHaveLeft: true,
  })
})

test("a dead address is passed over for the next one, and not tried first again", async () => {
  await using upstream = startUpstream({ ca })
  await using sender = await senderTo("api.example.com", [`127.0.0.1:${await closedPort()}`, upstream.address], ca)
  expect((await sender.send(request())).outcome).toBe("answered")
  expect((await sender.send(request())).outcome).toBe("answered")
  expect(upstream.seen).toHaveLength(2)
})

test("a signal that fires is an abort, whatever the socket says", async () => {
  await using server = await startTwoNames(ca, ["api.example.com"], () => abort.abort())
  await using sender = await senderTo("api.example.com", [server.address], ca)
  const abort = new AbortController()
  expect(await sender.send({ ...request(), signal: abort.signal })).toEqual({ outcome: "aborted" })
})

test("a redirect comes back as it is, and bodies stay encoded", async () => {
  const gzipped = Bun.gzipSync(Buffer.from("hello"))
  await using upstream = startUpstream({
    ca,
    answer: () =>
      new Response(gzipped, { status: 302, headers: { location: "http://evil.example/", "content-encoding": "gzip" } }),
  })
  await using sender = await senderTo("api.example.com", [upstream.address], ca)
  const sent = await sender.send(request())
  if (sent.outcome !== "answered") throw new Error(sent.outcome)
  expect([sent.response.status, sent.response.headers.get("location")]).toEqual([302, "http://evil.example/"])
  expect(Buffer.from(await sent.response.arrayBuffer())).toEqual(Buffer.from(gzipped))
  expect(upstream.seen).toHaveLength(1)
})

function request(): OutboundRequest {
  return { method: "GET", target: "/v1?x=1", headers: new Headers(), body: null, signal: new AbortController().signal }
}

async function senderTo(host: string, addresses: readonly string[], testCa: TestCa) {
  const folder = await openTempFolder()
  const rootsPath = join(folder.path, "roots.pem")
  await Bun.write(rootsPath, testCa.pem)
  const endpoints = addresses.map((text) => authorityOf(text)).map(({ host: address, port }) => ({ address, port }))
  const book: Pick<AddressBook, "find"> = { find: async () => ({ outcome: "found", endpoints }) }
  const send = createSender({ authority: authorityOf(`${host}:443`), scheme: "https", addresses: book, rootsPath })
  return { send, [Symbol.asyncDispose]: () => folder[Symbol.asyncDispose]() }
}

/** One port, a certificate for each name; says which SNI and Host came, and over which connection. */
async function startTwoNames(testCa: TestCa, names: readonly string[], onRequest?: (socket: TLSSocket) => void) {
  const contexts = new Map(names.map((name) => [name, createSecureContext(testCa.mint(name))]))
  const fallback = createSecureContext(testCa.mint(names[0]!))
  let connections = 0
  const server = createTlsServer(
    { ...testCa.mint(names[0]!), SNICallback: (name, done) => done(null, contexts.get(name) ?? fallback) },
    (socket) => {
      connections += 1
      const id = connections
      socket.on("error", () => socket.destroy())
      socket.on("data", (bytes) => {
        if (onRequest !== undefined) {
          onRequest(socket)
          return
        }
        const host = /^host: (.*)\r$/im.exec(bytes.toString())?.[1]
        const body = `${socket.servername}|${host} on ${id}`
        socket.write(`HTTP/1.1 200 OK\r\ncontent-length: ${body.length}\r\n\r\n${body}`)
      })
    },
  )
  const port = await listen(server)
  return {
    address: `127.0.0.1:${port}`,
    [Symbol.asyncDispose]: async () => {
      server.close()
    },
  }
}

async function closedPort(): Promise<number> {
  const server = createServer()
  const port = await listen(server)
  await new Promise((resolve) => server.close(resolve))
  return port
}

function listen(server: Server): Promise<number> {
  return new Promise((resolve) => {
    server.listen(0, "127.0.0.1", () => {
      const address = server.address()
      resolve(typeof address === "object" && address !== null ? address.port : 0)
    })
  })
}

function authorityOf(text: string): Authority {
  const parsed = parseAuthority(text, 443)
  if (parsed.kind === "malformed") throw new Error(parsed.detail)
  return parsed
}
