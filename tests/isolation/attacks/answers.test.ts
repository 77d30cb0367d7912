// Security case 18, and other attacks by a listed upstream's answer. It hands the key over in a
// body that only the agent can decode, or speaks as if it were the proxy.

import { expect, test } from "bun:test"
import { createGunzip, gzipSync } from "node:zlib"
import { Secret } from "@bot-bottle/contracts"
import { createTestCa, route, startTestProxy, startUpstream } from "@bot-bottle/proxy/testing"

const REAL = "ghp_realrealrealrealrealrealrealreal"
const ERROR = Buffer.from(`bad token ${REAL}, ${"and more of the same; ".repeat(50)}`)
const ca = createTestCa()

// biome-ignore format: a table
test.each([
  // what                   content-encoding   body
  ["plain",                 "",                ERROR],
  ["gzip",                  "gzip",            gzipSync(ERROR)],
  ["a gzip without end",    "gzip",            gzipSync(ERROR).subarray(0, -12)],
  ["a body that is not gzip",     "gzip",            ERROR],
  ["gzip in gzip",          "gzip, gzip",      gzipSync(gzipSync(ERROR))],
  ["base64",                "",                Buffer.from(ERROR.toString("base64"))],
  ["JSON with escapes",     "",                Buffer.from(JSON.stringify({ error: `x ${REAL}` }))],
] as const)("INV-11: case 18: a real key echoed in an error body, %s, cannot be read by the agent", async (_what, encoding, body) => {
  const headers = { "content-type": "text/plain", ...(encoding === "" ? {} : { "content-encoding": encoding }) }
  await using upstream = startUpstream({ ca, answer: () => new Response(new Uint8Array(body), { status: 401, headers }) })
  const response = await get(upstream.address)
  // A packed answer is not passed on at all.
  expect(response?.status).toBe(encoding === "" ? 401 : 403)
  let readable: Buffer = response?.body ?? Buffer.alloc(0)
  for (const _ of (response?.headers["content-encoding"] ?? "").split(",").filter((name) => name !== ""))
    readable = await asMuchAsCanBeRead(readable)
  expect(readable.toString("latin1") + JSON.stringify(response?.headers)).not.toContain(REAL)
  expect(Buffer.from(readable.toString("latin1"), "base64").toString("latin1")).not.toContain(REAL)
  // Control: the rest of the error is still there to be understood.
  expect(readable.toString("latin1") + Buffer.from(readable.toString("latin1"), "base64")).toMatch(/bad token|error/)
})

test("an answer cannot name the proxy's reasons, or lead past the proxy", async () => {
  const headers = {
    "x-bot-bottle-reason": "budget-exhausted",
    "alt-svc": 'h3=":443"',
    "proxy-authenticate": "Basic",
    "x-own": "stays",
  }
  await using upstream = startUpstream({ ca, answer: () => new Response("no", { status: 402, headers }) })
  const response = await get(upstream.address)
  expect([response?.status, response?.headers["x-own"]]).toEqual([402, "stays"])
  for (const name of ["x-bot-bottle-reason", "alt-svc", "proxy-authenticate"])
    expect(response?.headers[name]).toBeUndefined()
})

async function get(address: string) {
  await using proxy = await startTestProxy({
    routes: [
      route("api.example.com", {
        injection: { header: "authorization", template: "Bearer {secret}" },
        secret: new Secret(REAL),
      }),
    ],
    resolve: { "api.example.com": address },
    upstreamCa: ca.pem,
  })
  using connection = await proxy.open("api.example.com:443")
  connection.send("GET / HTTP/1.1\r\nHost: api.example.com\r\naccept-encoding: gzip\r\n\r\n")
  return await connection.readResponse()
}

/** As an agent would that takes a truncated body for what it holds. */
function asMuchAsCanBeRead(body: Uint8Array): Promise<Buffer> {
  return new Promise((resolve) => {
    const parts: Buffer[] = []
    const codec = createGunzip()
    codec.on("data", (part: Buffer) => parts.push(part))
    codec.on("end", () => resolve(Buffer.concat(parts)))
    codec.on("error", () => resolve(parts.length === 0 ? Buffer.from(body) : Buffer.concat(parts)))
    codec.end(body)
  })
}
