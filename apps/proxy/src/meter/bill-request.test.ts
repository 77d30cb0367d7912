import { expect, test } from "bun:test"
import { startBench, USAGE } from "../testing/billed-proxy.ts"

test.each([
  // stream  encoding
  [true, "identity"],
  [true, "gzip"],
  [true, "br"],
  [true, "zstd"],
  [false, "identity"],
  [false, "deflate"],
] as const)(
  "INV-5: stream %p, %s: the ledger says what the provider billed, to the token",
  async (stream, encoding) => {
    await using bench = await startBench({ reply: () => ({ text: "Hello there", usage: USAGE, encoding }) })
    const response = await bench.ask({ stream })
    await bench.settled(1)
    expect({ status: response.status, whole: response.whole, ledger: await bench.usage() }).toEqual({
      status: 200,
      whole: true,
      // 25 + 5 + 40 + ceil(10 × 0.1)
      ledger: { requests: 1, refused: 0, estimated: 0, usage: USAGE, charged: 71 },
    })
    expect(bench.provider.bill.map(({ usage }) => usage)).toEqual([USAGE])
  },
)

test("INV-11: the provider sees the real key, never the agent's", async () => {
  await using bench = await startBench()
  await bench.ask({ headers: "x-api-key: sk-agent\r\nauthorization: Bearer agent\r\ncookie: a=b\r\n" })
  const headers = bench.provider.received[0]?.headers
  expect([headers?.["x-api-key"], headers?.["authorization"], headers?.["cookie"]]).toEqual([
    "sk-real",
    undefined,
    undefined,
  ])
})

test("INV-5: what does not fit is refused in the provider's shape, in words, and never leaves", async () => {
  await using bench = await startBench({}, { limit: 60 })
  const response = await bench.ask({ prompt: "a rather long prompt ".repeat(40) })
  const body = JSON.parse(response.body.toString())
  expect([response.status, response.headers["x-bot-bottle-reason"], body.type, body.error.type]).toEqual([
    402,
    "budget-exhausted",
    "error",
    "billing_error",
  ])
  expect(body.error.message).toContain(
    "Too little budget left: this request may cost up to 406 tokens (306 in + 100 out); 60 are left of the run budget",
  )
  expect(bench.provider.received).toEqual([])
  expect(await bench.usage()).toMatchObject({ requests: 0, refused: 1 })
})

test("a request that asks for more than is left goes out with what is left", async () => {
  await using bench = await startBench(
    { reply: () => ({ text: "short", usage: { ...USAGE, outputTokens: 3 } }) },
    { limit: 900 },
  )
  expect((await bench.ask({ maxTokens: 5_000 })).status).toBe(200)
  const sent = JSON.parse(bench.provider.received[0]?.body ?? "{}")
  expect(sent.max_tokens).toBeLessThan(900)
  expect(sent.max_tokens).toBeGreaterThan(700)
})

test("model lists and token counting pass without a reservation", async () => {
  await using bench = await startBench({
    answer: ({ path }) => (path === "/v1/models" ? { status: 200, body: "{}" } : undefined),
  })
  const response = await bench.raw("GET /v1/models HTTP/1.1\r\nHost: api.anthropic.com\r\n\r\n")
  expect([response?.status, response?.body.toString()]).toEqual([200, "{}"])
  expect(await bench.usage()).toBeUndefined()
})

// biome-ignore format: a table
test.each([
  // path                        status  counted  billed
  ["/v1/messages?beta=true",     200,    1,       1],
  ["//v1/messages",              403,    0,       0],
  ["/v1/messages/",              404,    1,       0],
  ["/v1//messages",              403,    0,       0],
  ["/v1/%6dessages",             403,    0,       0],
  ["/v1/messages%2f",            403,    0,       0],
  ["/v1/messages;x=1",           403,    0,       0],
  ["/v1/x%2f..%2fmessages",      403,    0,       0],
  ["/V1/MESSAGES",               400,    0,       0],
] as const)("INV-5: a billed path cannot be spelled so that nobody counts it: %s", async (path, status, counted, billed) => {
  await using bench = await startBench()
  const response = await bench.ask({ path })
  await bench.settled(counted)
  const requests = (await bench.usage())?.requests ?? 0
  expect([response.status, requests, bench.provider.bill.length]).toEqual([status, counted, billed])
})

test("INV-9: a request that could not leave takes nothing", async () => {
  await using bench = await startBench({}, { address: "127.0.0.1:9", limit: 10_000 })
  const response = await bench.ask({})
  expect([response.status, response.headers["x-bot-bottle-reason"]]).toEqual([502, "upstream-unreachable"])
  await bench.proxy.close()
  expect(await bench.usage()).toBeUndefined()
  expect(await bench.governing()).toMatchObject({ usedTokens: 0, reservedTokens: 0 })
})
