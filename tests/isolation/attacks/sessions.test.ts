// Security cases 7 and 10, below and between requests: TLS sessions carried to another host, and
// bodies that an upstream could take for the next request.

import { expect, test } from "bun:test"
import { createServer } from "node:net"
import { connect as connectTls, type TLSSocket } from "node:tls"
import { connectRaw, openTunnel, route, startTestProxy, startUpstream, type TestProxy } from "@bot-bottle/proxy/testing"

const SMUGGLED = "GET /smuggled HTTP/1.1\r\nHost: plain.example.com\r\n\r\n"

test("INV-51: case 7: a TLS session of one host is resumed for that host and for no other, nor for another port", async () => {
  await using upstream = startUpstream()
  await using proxy = await startTestProxy({
    routes: [route("api.example.com"), route("api.example.com", { port: 8443 }), route("other.example.com")],
    resolve: { "api.example.com": upstream.address, "other.example.com": upstream.address },
    upstreamCa: upstream.caPem,
  })
  const { session } = await handshake(proxy, "api.example.com:443")
  const again = await handshake(proxy, "api.example.com:443", session)
  const port = await handshake(proxy, "api.example.com:8443", session)
  const other = await handshake(proxy, "other.example.com:443", session)
  expect({ again: again.resumed, port: port.resumed, other: other.resumed }).toEqual({
    again: true,
    port: false,
    other: false,
  })
  expect([again.certified, other.certified]).toEqual(["DNS:api.example.com", "DNS:other.example.com"])
})

test("case 7: the reserved name answers the allowlist and forwards nothing, whatever Host says", async () => {
  await using upstream = startUpstream()
  await using proxy = await startTestProxy({
    routes: [route("api.example.com")],
    resolve: { "api.example.com": upstream.address, "bot-bottle.internal": upstream.address },
    upstreamCa: upstream.caPem,
  })
  const { raw, answer } = await openTunnel(proxy.frontPath, "bot-bottle.internal:80")
  expect(answer.status).toBe(200)
  for (const [target, host, status] of [
    ["/allowlist", "bot-bottle.internal", 200],
    ["/allowlist", "api.example.com", 200],
    ["/v1/messages", "api.example.com", 404],
    ["http://api.example.com/x", "api.example.com", 404],
  ] as const) {
    raw.send(`GET ${target} HTTP/1.1\r\nHost: ${host}\r\nx-bot-bottle-reason: none\r\n\r\n`)
    expect((await raw.readResponse())?.status).toBe(status)
  }
  using secure = await proxy.open("bot-bottle.internal:443")
  secure.send("GET /v1/messages HTTP/1.1\r\nHost: api.example.com\r\n\r\n")
  expect((await secure.readResponse())?.status).toBe(404)
  expect((await openTunnel(proxy.frontPath, "bot-bottle.internal:8443")).answer.status).toBe(403)
  expect(upstream.seen).toEqual([])
})

// biome-ignore format: a table
test.each([
  // what                                   request, its body a request of its own
  ["a GET with a length",                   `GET http://plain.example.com/a HTTP/1.1\r\nHost: plain.example.com\r\nContent-Length: ${SMUGGLED.length}\r\n\r\n`],
  ["a HEAD with a length",                  `HEAD http://plain.example.com/a HTTP/1.1\r\nHost: plain.example.com\r\nContent-Length: ${SMUGGLED.length}\r\n\r\n`],
  ["an OPTIONS with a length",              `OPTIONS http://plain.example.com/a HTTP/1.1\r\nHost: plain.example.com\r\nContent-Length: ${SMUGGLED.length}\r\n\r\n`],
  ["a DELETE with a length",                `DELETE http://plain.example.com/a HTTP/1.1\r\nHost: plain.example.com\r\nContent-Length: ${SMUGGLED.length}\r\n\r\n`],
  ["a POST whose Connection names a header", `POST http://plain.example.com/a HTTP/1.1\r\nHost: plain.example.com\r\nConnection: x-a, close\r\nContent-Length: ${SMUGGLED.length}\r\n\r\n`],
] as const)("case 10: the body of %s never becomes a request of its own upstream", async (_what, head) => {
  await using upstream = await openStrictUpstream()
  await using proxy = await startTestProxy({
    routes: [route("plain.example.com", { scheme: "http" })],
    resolve: { "plain.example.com": upstream.address },
  })
  using connection = await connectRaw(proxy.frontPath)
  connection.send(head + SMUGGLED)
  expect((await connection.readResponse(head.split(" ")[0]))?.status).toBe(200)
  // Control: whoever comes next over the pooled connection is answered for their own request.
  using next = await connectRaw(proxy.frontPath)
  next.send("GET http://plain.example.com/next HTTP/1.1\r\nHost: plain.example.com\r\n\r\n")
  expect((await next.readResponse())?.body.toString()).toBe("/next")
  expect(upstream.targets).toEqual(["/a", "/next"])
})

test("case 10: after an upstream answers early, what is left of the body never becomes a request", async () => {
  await using upstream = await openStrictUpstream({ answersEarly: true })
  await using proxy = await startTestProxy({
    routes: [route("plain.example.com", { scheme: "http" })],
    resolve: { "plain.example.com": upstream.address },
  })
  using connection = await connectRaw(proxy.frontPath)
  connection.send(
    `POST http://plain.example.com/a HTTP/1.1\r\nHost: plain.example.com\r\nContent-Length: ${SMUGGLED.length}\r\n\r\n`,
  )
  expect((await connection.readResponse())?.status).toBe(200)
  connection.send(SMUGGLED)
  using next = await connectRaw(proxy.frontPath)
  next.send("GET http://plain.example.com/next HTTP/1.1\r\nHost: plain.example.com\r\n\r\n")
  expect((await next.readResponse())?.body.toString()).toBe("/next")
  expect(upstream.targets).toEqual(["/a", "/next"])
})

interface Handshake {
  readonly resumed: boolean
  readonly certified: string
  readonly session: Buffer | undefined
}

/** TLS 1.2, whose session is there as soon as the handshake is. */
async function handshake(proxy: TestProxy, authority: string, session?: Buffer): Promise<Handshake> {
  const { raw } = await openTunnel(proxy.frontPath, authority)
  const servername = authority.replace(/:\d+$/, "")
  const secure = await new Promise<TLSSocket>((resolve, reject) => {
    const socket = connectTls({
      socket: raw.socket,
      ca: proxy.ca,
      servername,
      maxVersion: "TLSv1.2",
      ...(session === undefined ? {} : { session }),
    })
    socket.once("secureConnect", () => resolve(socket)).once("error", reject)
  })
  const result = {
    resumed: secure.isSessionReused(),
    certified: secure.getPeerCertificate().subjectaltname ?? "",
    session: secure.getSession(),
  }
  secure.destroy()
  return result
}

/** Reads one request after another from each connection, framed as HTTP says and no other way. */
async function openStrictUpstream({ answersEarly = false } = {}) {
  const targets: string[] = []
  const server = createServer((socket) => {
    let held = ""
    socket.on("error", () => {
      // The proxy drops a connection whose request it did not finish.
    })
    socket.on("data", (bytes) => {
      held += bytes.toString("latin1")
      for (let end = held.indexOf("\r\n\r\n"); end >= 0; end = held.indexOf("\r\n\r\n")) {
        const head = held.slice(0, end)
        const length = answersEarly ? 0 : Number(/^content-length: (\d+)/im.exec(head)?.[1] ?? 0)
        if (held.length < end + 4 + length) return
        held = held.slice(end + 4 + length)
        const [method, target = ""] = head.split(" ")
        targets.push(target)
        socket.write(`HTTP/1.1 200 OK\r\ncontent-length: ${target.length}\r\n\r\n${method === "HEAD" ? "" : target}`)
      }
    })
  })
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve))
  const address = server.address()
  if (address === null || typeof address === "string") throw new Error("No port")
  return {
    address: `127.0.0.1:${address.port}`,
    targets,
    async [Symbol.asyncDispose]() {
      server.close()
    },
  }
}
