import { expect, test } from "bun:test"
import { createSecureContext } from "node:tls"
import {
  type Gate,
  HOST_SCOPE,
  parseAuthority,
  type RunBudgets,
  Secret,
  type ShutdownPolicy,
} from "@bot-bottle/contracts"
import type { GoverningBudget } from "@bot-bottle/ledger"
import { type StandIn, type StandInOptions, startStandIn } from "@bot-bottle/stand-in"
import { waitFor } from "@bot-bottle/testkit"
import { describeCutoff } from "../denial-words.ts"
import { createDlpRecord } from "../dlp/dlp-record.ts"
import { guardRoute } from "../dlp/outbound-guard.ts"
import { createEgressSwitch } from "../egress-switch.ts"
import { createPolicyInForce } from "../policy.ts"
import { openTls, type RawConnection } from "../testing/raw-connection.ts"
import { startRawServer } from "../testing/raw-server.ts"
import { policyOf, route, SLUG, startTestProxy, type TestProxy, type TestProxyOptions } from "../testing/test-proxy.ts"
import { createTestCa } from "../testing/upstream.ts"
import { Agent } from "../wire/agent.ts"
import { createHeldBytes } from "../wire/held-bytes.ts"
import type { Site } from "../wire/passage.ts"
import { Place } from "../wire/place.ts"
import { createPool } from "../wire/pool.ts"
import { refusalReply } from "../wire/refusal.ts"
import { createBillRequest } from "./bill-request.ts"
import { createBilling } from "./billing.ts"
import { createFailureLimit } from "./failure-limit.ts"
import { createResponseMemory } from "./known-responses.ts"
import { createLedgerOutage } from "./ledger-outage.ts"
import { createLedgerWrites } from "./ledger-writes.ts"
import { createPricing } from "./pricing.ts"
import { createRequestReader } from "./request-reader.ts"
import { createTurnQueue } from "./turn-queue.ts"

const HOST = "api.anthropic.com"
const RUN_SCOPE = { kind: "run", key: SLUG } as const
const METERED = route(HOST, {
  injection: { header: "x-api-key", template: "{secret}" },
  metering: { provider: "claude", api: "anthropic-messages" },
  secret: new Secret("sk-real"),
})
const USAGE = { inputTokens: 25, cacheReadTokens: 10, cacheWriteTokens: 5, outputTokens: 40, reasoningTokens: 0 }

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

test.each([
  ["the run is cut", "cut-off"],
  ["the client leaves", undefined],
] as const)(
  "INV-55: when %s while the ledger is asked, nothing leaves and nothing stays reserved",
  async (_what, reason) => {
    await using bench = await startBench({}, { limit: 10_000 })
    await using server = await startRawServer({ host: HOST })
    const { ledger } = bench.proxy
    const policy = createPolicyInForce(policyOf([]))
    const egress = createEgressSwitch(policy)
    const outage = createLedgerOutage(() => {})
    const writes = createLedgerWrites({ outage })
    const cut = describeCutoff(SLUG)
    const billing = createBilling({
      slug: SLUG,
      budgets: () => bench.budgets,
      ledger: {
        ...ledger,
        async reserve(request) {
          const reserved = await ledger.reserve(request)
          if (reason === undefined) agent.closed()
          else egress.cut({ metered: cut, others: cut })
          return reserved
        },
      },
      writes,
      enforcement: { settled: () => {}, refused: () => {}, streaming: () => {} },
      outage,
      failures: createFailureLimit({ nowMs: () => 0 }),
      isOrphaned: () => false,
      pricing: createPricing({ own: () => [], nowMs: Date.now }),
      turns: createTurnQueue({ isCut: () => false, beforeRetry: async () => {}, nowMs: Date.now }),
      cutDenial: () => undefined,
    })
    const serverFetchLimits = (place: string) => ({ rule: "refuse", routes: [], place }) as const
    const record = createDlpRecord({ slug: SLUG, ledger, writes, nowMs: () => 0 })
    const billRequest = createBillRequest({
      budgets: () => bench.budgets,
      egress,
      billing,
      reader: createRequestReader(),
      known: createResponseMemory(),
      writes,
      serverFetchLimits,
    })
    const guard = await guardRoute(METERED, {
      policy: policy.current,
      record,
      host: HOST,
      place: HOST,
      ask: () => undefined,
    })
    const authority = parseAuthority(HOST, 443)
    if (authority.kind === "malformed") throw new Error(authority.detail)
    const endpoints = [{ address: "127.0.0.1", port: server.port }]
    const pool = createPool()
    const place = new Place(authority, "https", {
      addresses: { find: async () => ({ outcome: "found", endpoints }) },
      pool,
      trust: () => createSecureContext({ ca: server.caPem }),
    })
    const answered = Promise.withResolvers<void>()
    const reasons: string[] = []
    const site: Site = {
      judge: (head) =>
        billRequest({
          route: METERED,
          place,
          head,
          path: "/v1/messages",
          target: "/v1/messages",
          lines: head.lines,
          guard,
          log: { method: "POST" },
          forwardFree: () => {
            throw new Error("not free")
          },
          recordAnswer: () => {},
        }),
      describeMalformed: (detail) => ({ ...cut, message: detail }),
      refuse(denial, _log, status) {
        reasons.push(denial.reason)
        answered.resolve()
        return refusalReply(denial, undefined, status)
      },
    }
    const socket = {
      write: (bytes: Uint8Array) => bytes.length,
      end: () => {},
      terminate: () => {},
      pause: () => {},
      resume: () => {},
    }
    const agent = new Agent({
      socket,
      site,
      cutDenial: () => egress.cutState?.metered,
      onTunnel: () => {},
      reportFailure: (error) => answered.reject(error),
      firstHeadMs: 10_000,
      heldBytes: createHeldBytes(),
    })
    const body = bodyOf({})
    agent.receive(
      Buffer.from(
        `POST /v1/messages HTTP/1.1\r\nHost: ${HOST}\r\nContent-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
      ),
    )
    if (reason !== undefined) await answered.promise
    await waitFor("the reservation to be released", async () => (await bench.governing())?.reservedTokens === 0)
    await writes.drain(1_000)
    pool.close()
    expect([server.connections, reasons]).toEqual([0, reason === undefined ? [] : [reason]])
    expect(await bench.governing()).toMatchObject({ usedTokens: 0, reservedTokens: 0 })
  },
)

test("INV-9: an error of the provider's costs nothing and reaches the client", async () => {
  await using bench = await startBench({ reply: () => ({ text: "busy", status: 529, usage: USAGE }) })
  const response = await bench.ask({})
  await bench.settled(1)
  expect([response.status, response.body.toString().includes("busy")]).toEqual([529, true])
  expect(await bench.usage()).toMatchObject({ requests: 1, charged: 0 })
})

test("INV-9: a torn answer is charged at least what was seen, flagged, and torn for the client too", async () => {
  await using bench = await startBench({
    reply: () => ({ text: "one two three four five", usage: USAGE, tearAfterEvents: 4 }),
  })
  const response = await bench.ask({ stream: true })
  await bench.settled(1)
  const usage = await bench.usage()
  expect([response.whole, usage?.estimated, usage?.usage.inputTokens]).toEqual([false, 1, 25])
})

test("INV-9: a torn answer outside a stream is charged the whole reservation", async () => {
  await using bench = await startBench({
    reply: () => ({ text: "one two three four five", usage: USAGE, tearAfterEvents: 1 }),
  })
  await bench.ask({ stream: false, maxTokens: 777 })
  await bench.settled(1)
  expect((await bench.usage())?.charged).toBeGreaterThanOrEqual(777)
})

test("INV-9: a client that leaves mid-stream is charged what was seen, and the provider is hung up on", async () => {
  const gate = Promise.withResolvers<void>()
  await using bench = await startBench({
    reply: () => ({
      text: "one two three",
      usage: USAGE,
      beforeEvent: (index) => (index < 3 ? undefined : gate.promise),
    }),
  })
  const connection = await bench.open()
  connection.send(messages({ stream: true }))
  await connection.readHead()
  await connection.readChunk()
  connection[Symbol.dispose]()
  await bench.settled(1)
  gate.resolve()
  expect(await bench.usage()).toMatchObject({ requests: 1, estimated: 1 })
})

test.each([true, false])(
  "INV-9: stream %p: an upstream that ends without a byte of an answer is charged the input, and no output",
  async (stream) => {
    const ca = createTestCa()
    let seen = 0
    using upstream = Bun.listen({
      hostname: "127.0.0.1",
      port: 0,
      tls: ca.mint(HOST),
      socket: {
        data(socket) {
          seen += 1
          socket.terminate()
        },
      },
    })
    await using bench = await startBench({}, { address: `127.0.0.1:${upstream.port}`, upstreamCa: ca.pem })
    const response = await bench.ask({ stream, maxTokens: 50_000 })
    await bench.settled(1)
    expect([response.status, response.headers["x-bot-bottle-reason"], seen]).toEqual([502, "upstream-unreachable", 1])
    const { estimated, usage, charged = 0 } = (await bench.usage()) ?? {}
    expect({ estimated, output: usage?.outputTokens }).toEqual({ estimated: 1, output: 0 })
    expect(charged).toBeWithin(10, 100)
  },
)

test("INV-9: a client that leaves before the answer begins is charged the reservation", async () => {
  const asked = Promise.withResolvers<void>()
  const never = Promise.withResolvers<never>()
  await using bench = await startBench({
    reply: () => {
      asked.resolve()
      return never.promise
    },
  })
  const connection = await bench.open()
  connection.send(messages({ maxTokens: 500 }))
  await asked.promise
  connection[Symbol.dispose]()
  await bench.settled(1)
  expect((await bench.usage())?.charged).toBeGreaterThanOrEqual(500)
})

test("INV-55: a cut ends an open stream with the provider's own event, at once, and settles it", async () => {
  const gate = Promise.withResolvers<void>()
  await using bench = await startBench({
    reply: () => ({
      text: "one two three",
      usage: USAGE,
      beforeEvent: (index) => (index < 3 ? undefined : gate.promise),
    }),
  })
  const connection = await bench.open()
  connection.send(messages({ stream: true }))
  await connection.readHead()
  await connection.readChunk()
  expect(await bench.proxy.control("POST", "/cutoff")).toMatchObject({ egress: "cut" })
  let rest = ""
  for (let chunk = await connection.readChunk(); chunk !== undefined; chunk = await connection.readChunk())
    rest += chunk
  expect(rest).toMatch(/event: error\ndata: .*billing_error.*This run was cut off/)
  await bench.settled(1)
  gate.resolve()
  expect(await bench.usage()).toMatchObject({ requests: 1, estimated: 1 })

  // The same tunnel, after it: no route is left.
  connection.send(messages({}))
  const after = await connection.readResponse()
  expect([after?.status, after?.headers["x-bot-bottle-reason"]]).toEqual([402, "cut-off"])
  await bench.proxy.control("POST", "/restore")
  connection.send("GET /v1/models HTTP/1.1\r\nHost: api.anthropic.com\r\n\r\n")
  expect((await connection.readResponse())?.headers["x-bot-bottle-reason"]).toBeUndefined()
})

test("INV-55: a request that waits for its answer when the cut comes is refused, not left hanging", async () => {
  const asked = Promise.withResolvers<void>()
  const never = Promise.withResolvers<never>()
  await using bench = await startBench({
    reply: () => {
      asked.resolve()
      return never.promise
    },
  })
  const connection = await bench.open()
  connection.send(messages({}))
  await asked.promise
  await bench.proxy.control("POST", "/cutoff")
  const response = await connection.readResponse()
  expect([response?.status, response?.headers["x-bot-bottle-reason"]]).toEqual([402, "cut-off"])
})

test("a spent budget cuts the run, tells the launcher and is in the ledger", async () => {
  await using bench = await startBench(
    { reply: () => ({ text: "much", usage: { ...USAGE, outputTokens: 970 } }) },
    { limit: 1_000 },
  )
  expect((await bench.ask({ maxTokens: 5_000 })).status).toBe(200)
  await bench.settled(1)
  const budget = {
    provider: "claude",
    scope: { kind: "run", key: SLUG },
    limitTokens: 1_000,
    usedTokens: 1_001,
    window: "total",
    isCeiling: false,
  }
  expect(bench.proxy.reports).toEqual([{ kind: "budget-exhausted", budget } as never])
  const refused = await bench.ask({})
  expect([refused.status, refused.headers["x-bot-bottle-reason"]]).toEqual([402, "budget-exhausted"])
  expect(await bench.proxy.control("GET", "/status")).toMatchObject({ egress: "cut" })
  expect(await bench.proxy.ledger.listEnforcement(SLUG)).toMatchObject([
    { kind: "cutoff", trigger: "budget", outcome: "done", limitTokens: 1_000, usedTokens: 1_001 },
  ])
  expect((await bench.proxy.ledger.findRun(SLUG))?.status).toBe("cut")
})

test.each([
  ["freeze", "bot-bottle budget set run:tester-abc12 claude 2k && bot-bottle resume tester-abc12"],
  ["kill", "start again with --budget claude=2k"],
] as const)("policy %s cuts at once and leaves the rest, on record, to the launcher", async (policy, recovery) => {
  await using bench = await startBench(
    { reply: () => ({ text: "much", usage: { ...USAGE, outputTokens: 970 } }) },
    { limit: 1_000, policy },
  )
  await bench.ask({ maxTokens: 5_000 })
  await bench.settled(1)
  const refused = await bench.ask({})
  expect([refused.status, refused.body.toString().includes(recovery)]).toEqual([402, true])
  await bench.proxy.close()
  const steps = await bench.proxy.ledger.listEnforcement(SLUG)
  expect(steps.map(({ kind, trigger, outcome, usedTokens }) => [kind, trigger, outcome, usedTokens])).toEqual([
    [policy, "budget", "pending", 1_001],
    ["cutoff", "budget", "done", 1_001],
  ])
  expect((await bench.proxy.ledger.findRun(SLUG))?.status).toBe("cut")
})

test("with the gate off, a stream whose input alone is too much is cut when its first usage says so", async () => {
  const gate = Promise.withResolvers<void>()
  await using bench = await startBench(
    {
      reply: () => ({
        text: "one two three",
        usage: { ...USAGE, inputTokens: 5_000 },
        beforeEvent: (index) => (index < 3 ? undefined : gate.promise),
      }),
    },
    { limit: 1_000, gate: "off" },
  )
  const response = await bench.ask({ stream: true })
  expect(response.body.toString()).toMatch(/event: error\ndata: .*billing_error.*Budget used up/)
  await bench.settled(1)
  gate.resolve()
  expect(bench.proxy.reports.map(({ kind }) => kind)).toEqual(["budget-exhausted"])
})

test("with the gate off, an answer that crosses the limit at its end arrives whole", async () => {
  await using bench = await startBench(
    { reply: () => ({ text: "much", usage: { ...USAGE, outputTokens: 2_000 } }) },
    { limit: 1_000, gate: "off" },
  )
  expect((await bench.ask({ stream: true })).body.toString()).toContain("message_stop")
  await bench.settled(1)
  expect((await bench.ask({})).headers["x-bot-bottle-reason"]).toBe("budget-exhausted")
})

test.each([
  [800, [80]],
  [904, [90]],
  [960, [95]],
] as const)("a settlement that brings the use to %p of 1000 warns", async (used, percents) => {
  await using bench = await startBench(
    { reply: () => ({ text: "much", usage: { ...USAGE, outputTokens: used - 31 } }) },
    { limit: 1_000 },
  )
  await bench.ask({ maxTokens: 5_000 })
  await bench.settled(1)
  expect(bench.proxy.reports.map((report) => (report.kind === "warning" ? report.percent : report.kind))).toEqual([
    ...percents,
  ])
})

test("64 parallel requests at the edge of a budget do not overshoot it", async () => {
  await using bench = await startBench(
    {
      reply: () => ({
        text: "x",
        usage: { ...USAGE, cacheReadTokens: 0, cacheWriteTokens: 0, inputTokens: 10, outputTokens: 200 },
      }),
    },
    { limit: 2_000 },
  )
  const connections = await Promise.all(Array.from({ length: 64 }, () => bench.open()))
  const responses = await Promise.all(
    connections.map(async (connection) => {
      connection.send(messages({ maxTokens: 200 }))
      return (await connection.readResponse())?.status
    }),
  )
  const admitted = responses.filter((status) => status === 200).length
  await bench.settled(admitted)
  const usage = await bench.usage()
  expect(usage?.charged).toBeLessThanOrEqual(2_000)
  expect(admitted).toBeGreaterThan(3)
  expect(bench.provider.bill).toHaveLength(admitted)
})

test.each([
  ["not JSON", "{", 400, "foreign-protocol"],
  ["no model", '{"messages":[]}', 400, "foreign-protocol"],
] as const)("a billed body that is %s is refused", async (_what, body, status, reason) => {
  await using bench = await startBench()
  const response = await bench.raw(post("/v1/messages", body))
  expect([response?.status, response?.headers["x-bot-bottle-reason"]]).toEqual([status, reason])
  expect(bench.provider.received).toEqual([])
})

test("a billed body over 64 MiB is refused before it is read", async () => {
  await using bench = await startBench()
  const response = await bench.raw(
    `POST /v1/messages HTTP/1.1\r\nHost: ${HOST}\r\ncontent-length: ${64 * 1024 * 1024 + 1}\r\n\r\n`,
  )
  expect(response?.headers["x-bot-bottle-reason"]).toBe("body-too-large")
})

test("a gzipped request body is read, and leaves as what was read", async () => {
  await using bench = await startBench()
  const body = Bun.gzipSync(Buffer.from(bodyOf({})))
  const connection = await bench.open()
  connection.send(
    `POST /v1/messages HTTP/1.1\r\nHost: ${HOST}\r\ncontent-encoding: gzip\r\ncontent-length: ${body.length}\r\n\r\n`,
  )
  connection.send(body)
  expect((await connection.readResponse())?.status).toBe(200)
  expect([bench.provider.received[0]?.body, bench.provider.received[0]?.headers["content-encoding"]]).toEqual([
    bodyOf({}),
    undefined,
  ])
})

test("INV-110: a credential in a billed body does not leave, packed or plain, and takes no reservation", async () => {
  const secret = "sk-ant-api03-Wm4Pz7Qx2Nv9Bk6Ly1Hd8Fg3Js5"
  await using bench = await startBench({}, { routes: [{ ...METERED, secret: new Secret(secret) }] })
  const body = Buffer.from(bodyOf({ prompt: `look: ${Buffer.from(secret).toString("hex")}` }))
  const reasons: unknown[] = []
  for (const [encoding, bytes] of [
    ["identity", body],
    ["gzip", Bun.gzipSync(body)],
  ] as const) {
    using connection = await bench.open()
    connection.send(
      `POST /v1/messages HTTP/1.1\r\nHost: ${HOST}\r\ncontent-encoding: ${encoding}\r\ncontent-length: ${bytes.length}\r\n\r\n`,
    )
    connection.send(bytes)
    const response = await connection.readResponse()
    reasons.push([response?.status, response?.headers["x-bot-bottle-reason"]])
  }
  expect(reasons).toEqual(Array(2).fill([400, "dlp-match"]))
  expect([bench.provider.received, await bench.usage()]).toEqual([[], undefined])
  // Control: the same without it.
  expect((await bench.ask({ prompt: "look" })).status).toBe(200)
})

test("INV-11: a real key that the provider echoes in its error does not reach the agent", async () => {
  await using bench = await startBench({
    answer: () => ({ status: 401, headers: { "x-echo": "sk-real" }, body: '{"error":"invalid key sk-real"}' }),
  })
  const response = await bench.ask({})
  expect([response.status, response.headers["x-echo"]?.includes("sk-real"), response.body.includes("sk-real")]).toEqual(
    [401, false, false],
  )
})

interface Ask {
  readonly stream?: boolean
  readonly maxTokens?: number
  readonly prompt?: string
  readonly headers?: string
  readonly path?: string
}

function bodyOf({ stream = false, maxTokens = 100, prompt = "hi" }: Ask): string {
  return JSON.stringify({
    model: "claude-x",
    max_tokens: maxTokens,
    stream,
    messages: [{ role: "user", content: prompt }],
  })
}

function messages(ask: Ask): string {
  return post(ask.path ?? "/v1/messages", bodyOf(ask), ask.headers)
}

function post(path: string, body: string, headers = ""): string {
  return `POST ${path} HTTP/1.1\r\nHost: ${HOST}\r\n${headers}content-type: application/json\r\ncontent-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`
}

interface Bench extends AsyncDisposable {
  readonly provider: StandIn
  readonly proxy: TestProxy
  readonly budgets: RunBudgets
  governing(): Promise<GoverningBudget | undefined>
  open(): Promise<RawConnection>
  ask(ask: Ask): ReturnType<typeof readAnswer>
  raw(text: string): Promise<Awaited<ReturnType<RawConnection["readResponse"]>>>
  /** Resolves when that many requests are settled and nothing is reserved. */
  settled(requests: number): Promise<void>
  usage(): Promise<
    { requests: number; refused: number; estimated: number; usage: typeof USAGE; charged: number } | undefined
  >
}

async function startBench(
  standIn: Partial<StandInOptions> = {},
  {
    limit,
    gate = "reserve",
    policy = "cutoff",
    address,
    ...options
  }: TestProxyOptions & { limit?: number; gate?: Gate; policy?: ShutdownPolicy; address?: string } = {},
): Promise<Bench> {
  const provider = await startStandIn({ hosts: [HOST], reply: () => ({ text: "Hello", usage: USAGE }), ...standIn })
  const declared =
    limit === undefined
      ? []
      : [{ scope: RUN_SCOPE, provider: "claude", limitTokens: limit, window: "total", source: "flag" } as const]
  const budgets: RunBudgets = {
    chain: [RUN_SCOPE, HOST_SCOPE],
    declared,
    ceilings: [],
    gate,
    cacheReadWeight: 0.1,
    policy,
  }
  const proxy = await startTestProxy({
    routes: [METERED],
    resolve: { [HOST]: address ?? provider.address },
    upstreamCa: provider.caPem,
    budgets,
    ...options,
  })
  const open = () => openTls(proxy.frontPath, proxy.ca, `${HOST}:443`)
  const usage = async () => {
    const [row] = await proxy.ledger.usage({ by: "run" })
    if (row === undefined) return undefined
    const {
      requests,
      refusedRequests: refused,
      estimatedRequests: estimated,
      usage: used,
      chargedTokens: charged,
    } = row
    return { requests, refused, estimated, usage: used, charged }
  }
  return {
    provider,
    proxy,
    budgets,
    governing: () => proxy.ledger.governingBudget(budgets, "claude"),
    open,
    usage,
    ask: async (ask) => readAnswer(await open(), messages(ask)),
    raw: async (text) => {
      const connection = await open()
      connection.send(text)
      return connection.readResponse()
    },
    async settled(requests) {
      let seen = ""
      await waitFor(
        `${requests} settled requests and no open stream`,
        async () => {
          const [settled, { openStreams }] = [(await usage())?.requests ?? 0, await proxy.control("GET", "/status")]
          seen = `there are ${settled}, and ${openStreams} open streams`
          return settled >= requests && openStreams === 0
        },
        { describe: () => seen },
      )
    },
    async [Symbol.asyncDispose]() {
      await proxy[Symbol.asyncDispose]()
      await provider[Symbol.asyncDispose]()
    },
  }
}

async function readAnswer(connection: RawConnection, request: string) {
  connection.send(request)
  const response = await connection.readResponse()
  if (response === undefined) throw new Error("no answer")
  return response
}

// biome-ignore format: a table
test.each([
  ["before its answer",  "",                                                        402, "cut-off"],
  ["inside its answer",  "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{",    200, undefined],
] as const)("INV-55: a cut ends a call that is not billed, %s", async (_when, said, status, reason) => {
  await using server = await startRawServer({ host: HOST })
  await using proxy = await startTestProxy({
    routes: [METERED],
    resolve: { [HOST]: server.address },
    upstreamCa: server.caPem,
  })
  using agent = await proxy.open(`${HOST}:443`)
  agent.send(`GET /v1/models HTTP/1.1\r\nHost: ${HOST}\r\n\r\n`)
  const far = await server.accepted()
  await far.readHead()
  far.send(said)
  const head = said === "" ? undefined : await agent.readHead()
  await proxy.control("POST", "/cutoff")
  await far.closed
  const answer = head ?? (await agent.readResponse())
  expect([answer?.status, answer?.headers["x-bot-bottle-reason"]]).toEqual([status, reason])
  if (said !== "") await agent.closed
})
