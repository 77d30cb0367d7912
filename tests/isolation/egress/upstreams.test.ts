// Security cases 13, 14, 16, 18, 20: what comes back, and who it came from.

import { expect, test } from "bun:test"
import { createHash, createPrivateKey, X509Certificate } from "node:crypto"
import { readdirSync, readFileSync } from "node:fs"
import { createServer } from "node:net"
import { join } from "node:path"
import { Secret } from "@bot-bottle/contracts"
import {
  createTestCa,
  openTunnel,
  route,
  startTestProxy,
  startUpstream,
  type Upstream,
} from "@bot-bottle/proxy/testing"

const REAL = "ghp_realrealrealrealrealrealrealreal"
const CREDENTIALED = route("api.example.com", {
  injection: { header: "authorization", template: "Bearer {secret}" },
  secret: new Secret(REAL),
})

test.each([
  ["an unlisted host", "https://evil.test/"],
  ["plain HTTP", "http://api.example.com/"],
  ["another port", "https://api.example.com:8443/"],
] as const)(
  "case 13: a redirect to %s goes to the client unfollowed, and the credential with nobody",
  async (_what, location) => {
    await using elsewhere = startUpstream({ host: "evil.test" })
    await using upstream = startUpstream({ answer: () => new Response(null, { status: 302, headers: { location } }) })
    const asked: string[] = []
    await using proxy = await startTestProxy({
      routes: [CREDENTIALED],
      resolve: { "api.example.com": upstream.address },
      upstreamCa: upstream.caPem,
      lookup: async (host) => {
        asked.push(host)
        return []
      },
    })
    const response = await get(proxy, "/")
    expect([response?.status, response?.headers["location"]]).toEqual([302, location])
    expect([upstream.seen.length, elsewhere.seen.length, asked]).toEqual([1, 0, []])
    // Control: the credential did travel to the host it is for.
    expect(upstream.seen[0]?.headers["authorization"]).toBe(`Bearer ${REAL}`)
  },
)

const ca = createTestCa()
const HOUR_MS = 3_600_000

test.each([
  ["good", () => startUpstream({ ca }), 200, undefined],
  ["another name's", () => startUpstream({ ca, host: "other.example.com" }), 502, "upstream-tls"],
  [
    "expired",
    () => startUpstream({ ca, validity: { fromMs: Date.now() - 9 * HOUR_MS, toMs: Date.now() - HOUR_MS } }),
    502,
    "upstream-tls",
  ],
  ["an unknown CA's", () => startUpstream({ ca: createTestCa("stranger") }), 502, "upstream-tls"],
] as const)("case 14: an upstream certificate that is %s", async (_what, start, status, reason) => {
  await using upstream: Upstream = start()
  await using proxy = await startTestProxy({
    routes: [CREDENTIALED],
    resolve: { "api.example.com": upstream.address },
    upstreamCa: ca.pem,
  })
  const response = await get(proxy, "/")
  expect([response?.status, response?.headers["x-bot-bottle-reason"], upstream.seen.length]).toEqual([
    status,
    reason,
    status === 200 ? 1 : 0,
  ])
})

test("case 14: the run's own CA vouches for no upstream", async () => {
  // An upstream with a leaf of the run's CA: the proxy itself, dialled by way of a relay.
  let front = ""
  const relay = createServer((near) => {
    near.on("error", () => near.destroy())
    void openTunnel(front, "api.example.com:443").then(({ raw }) => {
      near.pipe(raw.socket).pipe(near)
    })
  })
  await new Promise<void>((resolve) => relay.listen(0, "127.0.0.1", resolve))
  const bound = relay.address()
  const port = typeof bound === "object" && bound !== null ? bound.port : 0
  await using proxy = await startTestProxy({
    routes: [CREDENTIALED],
    resolve: { "api.example.com": `127.0.0.1:${port}` },
    upstreamCa: ca.pem,
  })
  front = proxy.frontPath
  const response = await get(proxy, "/")
  expect([response?.status, response?.headers["x-bot-bottle-reason"]]).toEqual([502, "upstream-tls"])
  relay.close()
})

// biome-ignore format: a table
test.each([
  // how the agent sends its own key                                           target
  ["Authorization",       "authorization: Bearer sk-agent\r\n",                "/x"],
  ["Basic",               "authorization: Basic c2stYWdlbnQ6\r\n",             "/x"],
  ["x-api-key",           "x-api-key: sk-agent\r\n",                           "/x"],
  ["Proxy-Authorization", "proxy-authorization: Bearer sk-agent\r\n",          "/x"],
  ["a cookie",            "cookie: session=sk-agent\r\n",                      "/x"],
  ["?key=",               "",                                                  "/x?key=sk-agent"],
  ["?api_key=",           "",                                                  "/x?a=1&api_key=sk-agent"],
  ["?access_token=",      "",                                                  "/x?access_token=sk-agent&b=2"],
  ["?API%5FKEY=",         "",                                                  "/x?API%5FKEY=sk-agent"],
] as const)("case 16: a key the agent sends by %s does not reach a credentialed host", async (_how, headers, target) => {
  await using upstream = startUpstream({ ca })
  await using proxy = await startTestProxy({
    routes: [CREDENTIALED, route("free.example.com")],
    resolve: { "api.example.com": upstream.address },
    upstreamCa: ca.pem,
  })
  expect((await get(proxy, target, headers))?.status).toBe(200)
  expect(JSON.stringify(upstream.seen)).not.toMatch(/sk-agent|c2stYWdlbnQ6/)
  // Control: it is the real one that arrives.
  expect(upstream.seen[0]?.headers["authorization"]).toBe(`Bearer ${REAL}`)
})

test.each([
  ["a header", () => new Response("no", { status: 200, headers: { "x-debug": `token ${REAL}` } })],
  ["an error body", () => new Response(`bad token ${REAL}`, { status: 401 })],
  [
    "a gzipped error body",
    () =>
      new Response(Bun.gzipSync(Buffer.from(`bad token ${REAL}`)), {
        status: 401,
        headers: { "content-encoding": "gzip" },
      }),
  ],
  [
    "a redirect",
    () => new Response(null, { status: 302, headers: { location: `https://api.example.com/?t=${REAL}` } }),
  ],
  ["an answer of 200", () => new Response(`you sent ${REAL}`)],
  [
    "a chunked stream",
    () => new Response(inPieces(`data: ${REAL}\n\n`), { headers: { "content-type": "text/event-stream" } }),
  ],
  [
    "a zstd body",
    () => new Response(Bun.zstdCompressSync(`you sent ${REAL}`), { headers: { "content-encoding": "zstd" } }),
  ],
  [
    "JSON with escapes",
    () => new Response(`{"text":"${[...REAL].map((c) => `\\u00${c.charCodeAt(0).toString(16)}`).join("")}"}`),
  ],
  ["the name of a header", () => new Response("ok", { headers: { [`x-${REAL}`]: "1" } })],
  [
    "an escaped redirect",
    () =>
      new Response(null, {
        status: 302,
        headers: { location: `/?t=${[...REAL].map((c) => `%${c.charCodeAt(0).toString(16)}`).join("")}` },
      }),
  ],
] as const)("case 18: a real credential echoed in %s does not reach the agent", async (_where, answer) => {
  await using upstream = startUpstream({ ca, answer })
  await using proxy = await startTestProxy({
    routes: [CREDENTIALED],
    resolve: { "api.example.com": upstream.address },
    upstreamCa: ca.pem,
  })
  const response = await get(proxy, "/", "accept-encoding: gzip\r\n")
  expect(response?.whole).toBe(true)
  const seen = JSON.stringify(response?.headers) + decoded(response)
  const unescaped = seen.replaceAll(/(?:%|\\u00)([0-9a-f]{2})/gi, (_, hex) =>
    String.fromCharCode(Number.parseInt(hex, 16)),
  )
  for (const reading of [seen, unescaped]) expect(reading.toLowerCase()).not.toContain(REAL.toLowerCase())
})

test("INV-52: case 20: no file of a run holds a private key, and no two runs share a CA", async () => {
  await using upstream = startUpstream({ ca })
  const options = { routes: [CREDENTIALED], resolve: { "api.example.com": upstream.address }, upstreamCa: ca.pem }
  await using one = await startTestProxy(options)
  await using two = await startTestProxy(options)
  await get(one, "/")
  const run = join(one.egressFolder, "..")
  const texts = readdirSync(run, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => readFileSync(join(entry.parentPath, entry.name), "latin1"))
  expect(texts.length).toBeGreaterThan(3)
  expect(texts.filter((text) => /PRIVATE KEY/.test(text) || text.includes(REAL))).toEqual([])
  // Control: the CA's certificate is there, and is not a key.
  expect(texts.filter((text) => text.includes(one.ca))).toHaveLength(2)
  expect(() => createPrivateKey(one.ca)).toThrow()
  expect(fingerprint(one.ca)).not.toBe(fingerprint(two.ca))
})

/** One byte a piece. */
function inPieces(text: string): ReadableStream<Uint8Array> {
  let at = 0
  return new ReadableStream({
    async pull(controller) {
      if (at === text.length) return controller.close()
      await Bun.sleep(0)
      controller.enqueue(Buffer.from(text.charAt(at++)))
    },
  })
}

function fingerprint(pem: string): string {
  return createHash("sha256").update(new X509Certificate(pem).raw).digest("hex")
}

function decoded(response: Awaited<ReturnType<typeof get>>): string {
  if (response === undefined) return ""
  return response.headers["content-encoding"] === "gzip"
    ? Buffer.from(Bun.gunzipSync(new Uint8Array(response.body))).toString()
    : response.body.toString()
}

async function get(proxy: Awaited<ReturnType<typeof startTestProxy>>, target: string, headers = "") {
  using connection = await proxy.open("api.example.com:443")
  connection.send(`GET ${target} HTTP/1.1\r\nHost: api.example.com\r\n${headers}\r\n`)
  return await connection.readResponse()
}
