import { expect, test } from "bun:test"
import { type FanOut, HOST_SCOPE, type ProcessIdentity, Secret } from "@bot-bottle/contracts"
import { sampleBudgets, sampleRequest, sampleRun } from "@bot-bottle/ledger/testing"
import { startStandIn } from "@bot-bottle/stand-in"
import { waitFor } from "@bot-bottle/testkit"
import { openTls } from "../testing/raw-connection.ts"
import { route, startTestProxy } from "../testing/test-proxy.ts"

const HOST = "api.anthropic.com"
const USAGE = { inputTokens: 5, cacheReadTokens: 0, cacheWriteTokens: 0, outputTokens: 5, reasoningTokens: 0 }

test("with 'parallel: 1' six clients at once are all answered, and the provider sees one at a time", async () => {
  await using bench = await startBench({ parallel: 1 })
  const answers = await Promise.all(Array.from({ length: 6 }, () => bench.ask()))
  expect(answers.map((answer) => answer?.status)).toEqual([200, 200, 200, 200, 200, 200])
  expect(bench.most()).toBe(1)
})

test("without a limit they are under way together", async () => {
  await using bench = await startBench(undefined)
  await Promise.all(Array.from({ length: 6 }, () => bench.ask()))
  expect(bench.most()).toBeGreaterThan(1)
})

test("INV-9: a request that a killed process left open blocks no other run: it is swept while they wait", async () => {
  await using bench = await startBench({ parallel: 1 })
  const { ledger } = bench.proxy
  await ledger.createRun(sampleRun("dead-run", { launcher: "4194303:1:dead" as ProcessIdentity }))
  await ledger.attachProxy("dead-run", "4194303:1:dead" as ProcessIdentity)
  await ledger.reserve(sampleRequest("left-open", "dead-run", sampleBudgets("dead-run")))
  expect((await bench.ask())?.status).toBe(200)
  expect((await ledger.findRun("dead-run"))?.status).toBe("ended")
})

test("a client that leaves while it waits takes no turn", async () => {
  await using bench = await startBench({ parallel: 1 })
  bench.hold()
  const first = bench.ask()
  await waitFor("the first request", () => bench.provider.received.length === 1)
  const leaver = await bench.open()
  leaver.send(bench.request)
  const second = bench.ask()
  await Bun.sleep(50)
  leaver[Symbol.dispose]()
  bench.release()
  expect([(await first)?.status, (await second)?.status]).toEqual([200, 200])
  expect(bench.provider.received).toHaveLength(2)
})

test("a run that is cut lets no request wait", async () => {
  await using bench = await startBench({ parallel: 1 })
  bench.hold()
  const first = bench.ask()
  await waitFor("the first request", () => bench.provider.received.length === 1)
  const second = bench.ask()
  await Bun.sleep(50)
  await bench.proxy.control("POST", "/cutoff")
  expect((await second)?.headers["x-bot-bottle-reason"]).toBe("cut-off")
  bench.release()
  await first
})

async function startBench(limits: FanOut | undefined) {
  let open = 0
  let most = 0
  let gate = Promise.resolve()
  let release = () => {}
  const provider = await startStandIn({
    hosts: [HOST],
    reply: async () => {
      open++
      most = Math.max(most, open)
      await gate
      // Long enough for the others to be under way as well, where they may.
      await Bun.sleep(20)
      open--
      return { text: "Hello", usage: USAGE }
    },
  })
  const proxy = await startTestProxy({
    routes: [
      route(HOST, {
        injection: { header: "x-api-key", template: "{secret}" },
        metering: { provider: "claude", api: "anthropic-messages" },
        secret: new Secret("sk-real"),
      }),
    ],
    resolve: { [HOST]: provider.address },
    upstreamCa: provider.caPem,
    budgets: limits === undefined ? {} : { fanOut: [{ scope: HOST_SCOPE, ...limits }] },
  })
  const body = JSON.stringify({
    model: "claude-sonnet-4-5",
    max_tokens: 10,
    messages: [{ role: "user", content: "hi" }],
  })
  const request = `POST /v1/messages HTTP/1.1\r\nHost: ${HOST}\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${body}`
  const connect = () => openTls(proxy.frontPath, proxy.ca, `${HOST}:443`)
  return {
    provider,
    proxy,
    request,
    open: connect,
    most: () => most,
    hold() {
      const held = Promise.withResolvers<void>()
      gate = held.promise
      release = held.resolve
    },
    release: () => release(),
    async ask() {
      using connection = await connect()
      connection.send(request)
      return await connection.readResponse()
    },
    async [Symbol.asyncDispose]() {
      release()
      await proxy[Symbol.asyncDispose]()
      await provider[Symbol.asyncDispose]()
    },
  }
}
