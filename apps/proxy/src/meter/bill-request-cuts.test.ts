// Cuts and spent budgets, as they meet open requests.

import { expect, test } from "bun:test"
import {
  askRawProvider,
  HOST,
  messages,
  startBench,
  startOpenStream,
  startUnanswered,
  USAGE,
} from "../testing/billed-proxy.ts"
import { SLUG } from "../testing/test-proxy.ts"

test("INV-55: a cut ends an open stream with the provider's own event, at once, and settles it", async () => {
  await using open = await startOpenStream()
  const { bench, connection } = open
  expect(await bench.proxy.control("POST", "/cutoff")).toMatchObject({ egress: "cut" })
  let rest = ""
  for (let chunk = await connection.readChunk(); chunk !== undefined; chunk = await connection.readChunk())
    rest += chunk
  expect(rest).toMatch(/event: error\ndata: .*billing_error.*This run was cut off/)
  await bench.settled(1)
  open.finish()
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
  await using open = await startUnanswered({})
  const { bench, connection } = open
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
    reservedTokens: 0,
    requestAmount: 0,
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

// biome-ignore format: a table
test.each([
  ["before its answer",  "",                                                        402, "cut-off"],
  ["inside its answer",  "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{",    200, undefined],
] as const)("INV-55: a cut ends a call that is not billed, %s", async (_when, said, status, reason) => {
  await using exchange = await askRawProvider(`GET /v1/models HTTP/1.1\r\nHost: ${HOST}\r\n\r\n`)
  const { proxy, agent, far } = exchange
  far.send(said)
  const head = said === "" ? undefined : await agent.readHead()
  await proxy.control("POST", "/cutoff")
  await far.closed
  const answer = head ?? (await agent.readResponse())
  expect([answer?.status, answer?.headers["x-bot-bottle-reason"]]).toEqual([status, reason])
  if (said !== "") await agent.closed
})
