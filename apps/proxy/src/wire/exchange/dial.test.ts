import { expect, test } from "bun:test"
import type { Server } from "node:net"
import { createSecureContext, createServer as createTlsServer, type TLSSocket } from "node:tls"
import { type Authority, parseAuthority } from "@bot-bottle/contracts"
import { findFreePort, within } from "@bot-bottle/testkit"
import { startRawServer } from "../../testing/raw-server.ts"
import { createTestCa, startUpstream, type TestCa } from "../../testing/upstream.ts"
import { Place, type Scheme } from "../place.ts"
import { askSmall } from "./ask-small.ts"
import { type DialFailure, dialPlace } from "./dial.ts"
import { createPool, type Pool } from "./pool.ts"
import type { Upstream } from "./upstream.ts"

const ca = createTestCa()
const GET = Buffer.from("POST /v1?x=1 HTTP/1.1\r\nHost: api.example.com\r\nContent-Length: 0\r\n\r\n")

test("INV-12: the name is verified, not the address that is dialled", async () => {
  await using upstream = startUpstream({ ca })
  await using setting = settingOf("api.example.com", [upstream.address])
  expect(await setting.ask()).toBe("hello")
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
] as const)("INV-12: a certificate that is %s is upstream-tls, and nothing leaves", async (_what, start) => {
  await using upstream = start()
  await using setting = settingOf("api.example.com", [upstream.address])
  expect(await setting.dial()).toBe("upstream-tls")
  expect(upstream.seen).toEqual([])
})

test("INV-12: a certificate with a common name and no subject alternative name is refused", async () => {
  await using server = await startTwoNames(ca, ["api.example.com"], "api.example.com")
  await using setting = settingOf("api.example.com", [server.address])
  expect(await setting.dial()).toBe("upstream-tls")
})

test("an upstream that does not speak TLS is never connected", async () => {
  await using upstream = startUpstream({ scheme: "http" })
  await using setting = settingOf("api.example.com", [upstream.address])
  expect(await setting.dial()).toBeOneOf(["upstream-tls", "upstream-unreachable"])
})

test("INV-12: two names on one address never share a connection or a verification", async () => {
  await using server = await startTwoNames(ca, ["a.example.com", "b.example.com"])
  await using toA = settingOf("a.example.com", [server.address])
  await using toB = settingOf("b.example.com", [server.address], toA.pool)
  await using toC = settingOf("c.example.com", [server.address], toA.pool)
  const said: (string | undefined)[] = []
  for (const setting of [toA, toA, toB, toB, toA]) said.push(await setting.ask())
  // c has a certificate for a: a pool that forgot names would let it ride on a's connection.
  expect(await toC.dial()).toBe("upstream-tls")
  const [a1, a2, b1, b2, a3] = said
  expect([a1, b1].map((text) => text?.replace(/ .*/, ""))).toEqual(["a.example.com", "b.example.com"])
  expect([a2 === a1, b2 === b1, a3 === a1]).toEqual([true, true, true])
})

test("a refused connection is unreachable", async () => {
  await using setting = settingOf("api.example.com", [`127.0.0.1:${findFreePort()}`])
  expect(await setting.dial()).toBe("upstream-unreachable")
})

test("a dead address is passed over for the next one, and not tried first again", async () => {
  await using upstream = startUpstream({ ca })
  await using setting = settingOf("api.example.com", [`127.0.0.1:${findFreePort()}`, upstream.address])
  expect(await setting.ask()).toBe("hello")
  expect(`127.0.0.1:${setting.place.preferred?.port}`).toBe(upstream.address)
})

test("after a forged certificate no other address is tried", async () => {
  await using forged = startUpstream({ ca: createTestCa() })
  await using upstream = startUpstream({ ca })
  await using setting = settingOf("api.example.com", [forged.address, upstream.address])
  expect(await setting.dial()).toBe("upstream-tls")
})

test("a dial that is given up ends its connection and tells nobody", async () => {
  await using server = await startRawServer({ ca, scheme: "http" })
  await using setting = settingOf("api.example.com", [server.address])
  let told = 0
  const giveUp = dialPlace(setting.place, { ready: () => (told += 1), failed: () => (told += 1) })
  const connection = await server.accepted()
  giveUp()
  await connection.closed
  expect(told).toBe(0)
})

test("the pool keeps what is fresh for what must not be sent twice", async () => {
  let nowMs = 0
  const pool = createPool(() => nowMs)
  await using server = await startRawServer({ scheme: "http" })
  await using setting = settingOf("api.example.com", [server.address], pool, "http")
  const upstream = await new Promise<Upstream>((resolve, reject) =>
    dialPlace(setting.place, { ready: resolve, failed: reject }),
  )
  pool.put(upstream)
  nowMs = 3_001
  expect(pool.take(setting.place, "fresh")).toBeUndefined()
  expect(pool.take(setting.place, "any")).toBe(upstream)
  pool.put(upstream)
  nowMs = 3_001 + 50_001
  expect(pool.take(setting.place, "any")).toBeUndefined()
  await (await server.accepted()).closed
})

test("a byte that nobody asked for ends an idle connection", async () => {
  await using server = await startRawServer({ scheme: "http" })
  await using setting = settingOf("api.example.com", [server.address], createPool(), "http")
  const upstream = await new Promise<Upstream>((resolve, reject) =>
    dialPlace(setting.place, { ready: resolve, failed: reject }),
  )
  setting.pool.put(upstream)
  const far = await server.accepted()
  far.send("HTTP/1.1 200 OK\r\n")
  await far.closed
  expect(setting.pool.take(setting.place, "any")).toBeUndefined()
})

test("a host that takes no handshake is told as slow long before it is given up; a quick one never is", async () => {
  await using silent = await startRawServer({ scheme: "http" })
  await using quick = await startRawServer({ scheme: "http" })
  const slow: string[] = []
  const told = Promise.withResolvers<void>()
  await using fine = settingOf("fine.example.com", [quick.address], createPool(), "http", (host) => slow.push(host))
  expect(await fine.dial()).toBe("connected")
  await using waiting = settingOf("slow.example.com", [silent.address], createPool(), "https", (host) => {
    slow.push(host)
    told.resolve()
  })
  const giveUp = dialPlace(waiting.place, { ready: () => slow.push("ready"), failed: (reason) => slow.push(reason) })
  await within("the dial to begin", told.promise)
  giveUp()
  expect(slow).toEqual(["slow.example.com"])
})

interface Setting extends AsyncDisposable {
  readonly place: Place
  readonly pool: Pool
  ask(): Promise<string | undefined>
  dial(): Promise<DialFailure | "connected">
}

function settingOf(
  host: string,
  addresses: readonly string[],
  pool = createPool(),
  scheme: Scheme = "https",
  onSlowDial: (host: string) => void = () => {},
): Setting {
  const endpoints = addresses.map((text) => authorityOf(text)).map(({ host: address, port }) => ({ address, port }))
  const place = new Place(authorityOf(`${host}:443`), scheme, {
    onSlowDial,
    addresses: { find: async () => ({ outcome: "found", endpoints }) },
    pool,
    trust: () => createSecureContext({ ca: ca.pem }),
  })
  return {
    place,
    pool,
    ask: async () => (await askSmall(place, GET, AbortSignal.timeout(5_000)))?.body.toString(),
    dial: () =>
      new Promise((resolve) => {
        dialPlace(place, {
          ready(upstream) {
            upstream.destroy()
            resolve("connected")
          },
          failed: resolve,
        })
      }),
    async [Symbol.asyncDispose]() {
      pool.close()
    },
  }
}

/** One port, a certificate for each name; says which SNI came, and over which connection. */
async function startTwoNames(testCa: TestCa, names: readonly string[], commonNameOnly?: string) {
  const mint = (name: string) =>
    commonNameOnly === undefined ? testCa.mint(name) : testCa.mintCommonName(commonNameOnly)
  const contexts = new Map(names.map((name) => [name, createSecureContext(mint(name))]))
  const first = mint(names[0]!)
  const fallback = createSecureContext(first)
  let connections = 0
  const server = createTlsServer(
    { ...first, SNICallback: (name, done) => done(null, contexts.get(name) ?? fallback) },
    (socket: TLSSocket) => {
      connections += 1
      const id = connections
      socket.on("error", () => socket.destroy())
      socket.on("data", () => {
        const body = `${socket.servername} on ${id}`
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
