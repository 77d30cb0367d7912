// Security cases 7 to 10: a tunnel opened for one name, used for another.

import { expect, test } from "bun:test"
import {
  connectRaw,
  openTunnel,
  type RawConnection,
  route,
  startTestProxy,
  startUpstream,
  type TestProxy,
  type Upstream,
} from "@bot-bottle/proxy/testing"

test("INV-51: case 7: control: SNI, Host and CONNECT agree, twice on one connection", async () => {
  await using world = await startWorld()
  using connection = await world.proxy.open("api.example.com:443")
  for (const host of ["api.example.com", "api.example.com:443"]) {
    connection.send(`GET / HTTP/1.1\r\nHost: ${host}\r\n\r\n`)
    expect((await connection.readResponse())?.status).toBe(200)
  }
})

test.each([
  ["the SNI of another listed host", "other.example.com"],
  ["the SNI of an unlisted host", "evil.test"],
  ["no SNI", undefined],
] as const)("INV-51: case 7: %s closes the tunnel", async (_what, serverName) => {
  await using world = await startWorld()
  const { raw, answer } = await openTunnel(world.proxy.frontPath, "api.example.com:443")
  expect(answer.status).toBe(200)
  await expect(
    raw.startTls({ ca: world.proxy.ca, ...(serverName === undefined ? {} : { serverName }) }),
  ).rejects.toThrow()
  expect(world.proxy.events()).toMatchObject([{ kind: "denied", reason: "host-mismatch", host: "api.example.com" }])
  expect(world.upstream.seen).toEqual([])
})

test.each([
  ["another listed host", "Host: other.example.com\r\n"],
  ["an unlisted host", "Host: evil.test\r\n"],
  ["another port", "Host: api.example.com:8443\r\n"],
  ["two Hosts, the right one first", "Host: api.example.com\r\nHost: evil.test\r\n"],
  ["two Hosts, the right one last", "Host: evil.test\r\nHost: api.example.com\r\n"],
  ["the same Host twice", "Host: api.example.com\r\nHost: api.example.com\r\n"],
  ["userinfo in Host", "Host: api.example.com@evil.test\r\n"],
  ["a comma in Host", "Host: api.example.com, evil.test\r\n"],
  ["an empty Host", "Host: \r\n"],
  ["no Host", ""],
] as const)("INV-51: cases 7 and 8: %s is refused on the first request and on a later one", async (_what, hosts) => {
  await using world = await startWorld()
  expect(await statusOf(await world.proxy.open("api.example.com:443"), `GET / HTTP/1.1\r\n${hosts}\r\n`)).toBeOneOf([
    400, 421,
  ])

  using later = await world.proxy.open("api.example.com:443")
  later.send("GET /first HTTP/1.1\r\nHost: api.example.com\r\n\r\n")
  expect((await later.readResponse())?.status).toBe(200)
  expect(await statusOf(later, `GET /later HTTP/1.1\r\n${hosts}\r\n`)).toBeOneOf([400, 421])
  expect(world.upstream.seen.map(({ target }) => target)).toEqual(["/first"])
})

test("case 8: an absolute-form target inside the tunnel never leaves, but for the tunnel's own host", async () => {
  await using world = await startWorld()
  using connection = await world.proxy.open("api.example.com:443")
  const answers: unknown[] = []
  for (const [target, host] of [
    ["https://evil.test/stolen", "evil.test"],
    ["https://evil.test/stolen", "api.example.com"],
    ["http://api.example.com/downgraded", "api.example.com"],
    ["https://api.example.com/own", "api.example.com"],
  ]) {
    connection.send(`GET ${target} HTTP/1.1\r\nHost: ${host}\r\n\r\n`)
    answers.push((await connection.readResponse())?.status)
  }
  expect(answers).toEqual([421, 421, 421, 200])
  expect(world.upstream.seen.map(({ target }) => target)).toEqual(["/own"])
})

// biome-ignore format: a table
test.each([
  // what                              bytes
  ["a Host that is not the target's",  "GET http://plain.example.com/ HTTP/1.1\r\nHost: evil.test\r\n\r\n"],
  ["two Hosts",                        "GET http://plain.example.com/ HTTP/1.1\r\nHost: plain.example.com\r\nHost: evil.test\r\n\r\n"],
  ["userinfo",                         "GET http://evil.test@plain.example.com/ HTTP/1.1\r\nHost: plain.example.com\r\n\r\n"],
  ["a backslash",                      "GET http://plain.example.com\\@evil.test/ HTTP/1.1\r\nHost: plain.example.com\r\n\r\n"],
  ["a tab",                            "GET http://plain.example.com\t/ HTTP/1.1\r\nHost: plain.example.com\r\n\r\n"],
  ["two lengths",                      "POST http://plain.example.com/ HTTP/1.1\r\nHost: plain.example.com\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab"],
  ["a length and chunks",              "POST http://plain.example.com/ HTTP/1.1\r\nHost: plain.example.com\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"],
  ["bare line feeds",                  "GET http://plain.example.com/ HTTP/1.1\nHost: plain.example.com\n\n"],
  ["a folded line",                    "GET http://plain.example.com/ HTTP/1.1\r\nHost: plain.example.com\r\nX: a\r\n b\r\n\r\n"],
  ["origin form",                      "GET / HTTP/1.1\r\nHost: plain.example.com\r\n\r\n"],
  ["https in absolute form",           "GET https://api.example.com/ HTTP/1.1\r\nHost: api.example.com\r\n\r\n"],
] as const)("cases 8 and 10: plain HTTP with %s is refused", async (_what, bytes) => {
  await using world = await startWorld()
  using control = await connectRaw(world.proxy.frontPath)
  control.send("GET http://plain.example.com/ok HTTP/1.1\r\nHost: plain.example.com\r\n\r\n")
  expect((await control.readResponse())?.status).toBe(200)

  using connection = await connectRaw(world.proxy.frontPath)
  expect(await statusOf(connection, bytes)).toBe(400)
  expect(world.plain.seen.map(({ target }) => target)).toEqual(["/ok"])
})

test("case 10: what is pipelined behind a plain request is judged by itself", async () => {
  await using world = await startWorld()
  using connection = await connectRaw(world.proxy.frontPath)
  const first = "GET http://plain.example.com/one HTTP/1.1\r\nHost: plain.example.com\r\n\r\n"
  connection.send(
    `${first}GET http://evil.test/two HTTP/1.1\r\nHost: evil.test\r\n\r\n${first.replace("one", "three")}`,
  )
  const answers = [await connection.readResponse(), await connection.readResponse(), await connection.readResponse()]
  expect(answers.map((answer) => answer?.status)).toEqual([200, 403, 200])
  expect(world.plain.seen.map(({ target }) => target)).toEqual(["/one", "/three"])
})

// biome-ignore format: a table
test.each([
  // what                    bytes inside the tunnel
  ["a length and chunks",    "POST / HTTP/1.1\r\nHost: api.example.com\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"],
  ["two lengths",            "POST / HTTP/1.1\r\nHost: api.example.com\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab"],
  ["bare line feeds",        "GET / HTTP/1.1\nHost: api.example.com\n\n"],
  ["a folded line",          "GET / HTTP/1.1\r\nHost: api.example.com\r\nX: a\r\n b\r\n\r\n"],
  ["an odd transfer coding", "POST / HTTP/1.1\r\nHost: api.example.com\r\nTransfer-Encoding: xchunked\r\n\r\n0\r\n\r\n"],
  ["a NUL in the path",      "GET /\u0000 HTTP/1.1\r\nHost: api.example.com\r\n\r\n"],
] as const)("case 10: %s inside the tunnel is refused and nothing leaves", async (_what, bytes) => {
  await using world = await startWorld()
  using connection = await world.proxy.open("api.example.com:443")
  expect(await statusOf(connection, bytes)).toBeOneOf([400, 505, undefined])
  expect(world.upstream.seen).toEqual([])
})

test("case 10: a request pipelined behind a denied one is judged by itself", async () => {
  await using world = await startWorld()
  using connection = await world.proxy.open("api.example.com:443")
  connection.send("GET /a HTTP/1.1\r\nHost: evil.test\r\n\r\nGET /b HTTP/1.1\r\nHost: evil.test\r\n\r\n")
  expect([(await connection.readResponse())?.status, (await connection.readResponse())?.status]).toEqual([421, 421])
  expect(world.upstream.seen).toEqual([])
})

test("case 9: CONNECT inside the tunnel opens nothing", async () => {
  await using world = await startWorld()
  using connection = await world.proxy.open("api.example.com:443")
  expect(
    await statusOf(connection, "CONNECT other.example.com:443 HTTP/1.1\r\nHost: api.example.com\r\n\r\n"),
  ).not.toBe(200)
  expect(world.upstream.seen).toEqual([])
})

test.each([
  ["HTTP", "GET / HTTP/1.1\r\nHost: api.example.com\r\n\r\n"],
  ["SSH", "SSH-2.0-OpenSSH_9.2\r\n"],
  ["zeros", "\u0000".repeat(64)],
] as const)("case 9: %s after CONNECT :443 closes the tunnel", async (_what, bytes) => {
  await using world = await startWorld()
  const { raw } = await openTunnel(world.proxy.frontPath, "api.example.com:443")
  raw.send(bytes)
  await raw.closed
  expect(world.proxy.events()).toMatchObject([{ kind: "denied", reason: "foreign-protocol", host: "api.example.com" }])
})

test("INV-51: case 7: a passthrough tunnel is held to its name too", async () => {
  await using world = await startWorld({ inspect: false })
  using control = await openPassthrough(world, "api.example.com")
  control.send("GET /ok HTTP/1.1\r\nHost: api.example.com\r\n\r\n")
  expect((await control.readResponse())?.status).toBe(200)
  await expect(openPassthrough(world, "evil.test")).rejects.toThrow()
  expect(world.upstream.seen).toHaveLength(1)
})

async function statusOf(connection: RawConnection, bytes: string): Promise<number | undefined> {
  connection.send(bytes)
  return (await connection.readResponse())?.status
}

interface World extends AsyncDisposable {
  readonly proxy: TestProxy
  readonly upstream: Upstream
  readonly plain: Upstream
}

async function openPassthrough(world: World, serverName: string): Promise<RawConnection> {
  const { raw } = await openTunnel(world.proxy.frontPath, "api.example.com:443")
  return raw.startTls({ serverName, ca: world.upstream.caPem })
}

async function startWorld({ inspect = true }: { readonly inspect?: boolean } = {}): Promise<World> {
  const upstream = startUpstream()
  const plain = startUpstream({ scheme: "http" })
  const proxy = await startTestProxy({
    routes: [
      route("api.example.com", { inspect }),
      route("other.example.com"),
      route("plain.example.com", { scheme: "http" }),
    ],
    resolve: {
      "api.example.com": upstream.address,
      "other.example.com": upstream.address,
      "plain.example.com": plain.address,
    },
    upstreamCa: upstream.caPem,
  })
  return {
    proxy,
    upstream,
    plain,
    async [Symbol.asyncDispose]() {
      await proxy[Symbol.asyncDispose]()
      await upstream[Symbol.asyncDispose]()
      await plain[Symbol.asyncDispose]()
    },
  }
}
