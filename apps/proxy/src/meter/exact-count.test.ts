import { expect, test } from "bun:test"
import { parseAuthority } from "@bot-bottle/contracts"
import type { InputCounting, ModelRequest } from "@bot-bottle/model-apis"
import { describeCutoff } from "../describe-denial.ts"
import { createEgressSwitch } from "../egress-switch.ts"
import { createPolicyInForce } from "../policy.ts"
import { type RawServer, startRawServer } from "../testing/raw-server.ts"
import { NO_LEASE, policyOf } from "../testing/test-proxy.ts"
import { createPool } from "../wire/exchange/pool.ts"
import { Place } from "../wire/place.ts"
import { billedLines } from "./bill-request.ts"
import { countExactly } from "./exact-count.ts"

const ESTIMATED: ModelRequest = { model: "m", maxOutputTokens: 10, stream: true, inputTokens: 100 }
const COUNTING: InputCounting = {
  request: (target, body) => ({ target: `${target}/count`, body: `counted ${body.length} bytes` }),
  read: (body) => Number(new TextDecoder().decode(body)) || undefined,
}
const COUNTED = { ...ESTIMATED, inputTokens: 77 }
const answer = (status: number, body: string) => `HTTP/1.1 ${status} X\r\nContent-Length: ${body.length}\r\n\r\n${body}`

test("the provider's count takes the place of the estimate, and of nothing else", async () => {
  await using setting = await startSetting(answer(200, "77"))
  expect(await setting.count()).toEqual(COUNTED)
  expect(setting.asked).toEqual([
    [
      "POST /v1/messages/count HTTP/1.1",
      "X-Api-Key: sk-real",
      "Content-Type: application/json",
      "Accept-Encoding: identity",
      "Content-Length: 15",
      "",
      "counted 3 bytes",
    ].join("\r\n"),
  ])
})

test("the connection that was asked over is used again", async () => {
  await using setting = await startSetting(answer(200, "77"))
  expect([await setting.count(), await setting.count(), setting.server.connections]).toEqual([COUNTED, COUNTED, 1])
})

// biome-ignore format: a table
test.each([
  ["that answers an error",     answer(500, "77")],
  ["that answers no count",     answer(200, "x")],
  ["that answers nothing",      answer(204, "")],
  ["that answers without end",  `HTTP/1.1 200 OK\r\n\r\n${"7".repeat(100_000)}`],
  ["that answers nonsense",     "nonsense\r\n\r\n"],
  ["that never answers",        ""],
] as const)("of a provider %s the estimate stands", async (_what, said) => {
  await using setting = await startSetting(said)
  expect(await setting.count({ timeoutMs: 50 })).toBe(ESTIMATED)
})

test("of a provider that breaks off the estimate stands", async () => {
  await using setting = await startSetting("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n77", "then leaves")
  expect(await setting.count()).toBe(ESTIMATED)
})

test("INV-55: a cut ends the question at once, and nothing is asked after it or for a client that is gone", async () => {
  await using setting = await startSetting("")
  const counting = setting.count({ timeoutMs: 60_000 })
  await setting.server.accepted()
  const cut = describeCutoff("tester-abc12")
  setting.egress.cut({ metered: cut, others: cut })
  expect(await counting).toBe(ESTIMATED)
  expect([await setting.count(), setting.server.connections]).toEqual([ESTIMATED, 1])
  setting.egress.restore()
  expect([await setting.count({ isGone: true }), setting.server.connections]).toEqual([ESTIMATED, 1])
})

test("what the API would not ask about is not asked", async () => {
  await using setting = await startSetting(answer(200, "77"))
  const counting = { ...COUNTING, request: () => undefined }
  expect([await setting.count({ counting }), setting.server.connections]).toEqual([ESTIMATED, 0])
})

interface Setting extends AsyncDisposable {
  readonly server: RawServer
  readonly asked: readonly string[]
  readonly egress: ReturnType<typeof createEgressSwitch>
  count(options?: { timeoutMs?: number; isGone?: boolean; counting?: InputCounting }): Promise<ModelRequest>
}

async function startSetting(said: string, then: "waits" | "then leaves" = "waits"): Promise<Setting> {
  const asked: string[] = []
  const server = await startRawServer({
    scheme: "http",
    onConnection: ({ socket }) =>
      void socket.on("data", (bytes) => {
        asked.push(bytes.toString())
        socket.write(said)
        if (then === "then leaves") socket.end()
      }),
  })
  const pool = createPool()
  const authority = parseAuthority(`127.0.0.1:${server.port}`, 80)
  if (authority.kind === "malformed") throw new Error(authority.detail)
  const endpoints = [{ address: "127.0.0.1", port: server.port }]
  const addresses = { find: async () => ({ outcome: "found", endpoints }) as const }
  const trust = () => {
    throw new Error("no TLS here")
  }
  const place = new Place(authority, "http", { addresses, pool, trust, onSlowDial: () => {} })
  const egress = createEgressSwitch(createPolicyInForce(policyOf([])), NO_LEASE)
  const sent = [
    "X-Api-Key: sk-real",
    "Content-Type: application/json",
    "Content-Encoding: gzip",
    "accept-encoding: gzip, br",
  ]
  return {
    server,
    asked,
    egress,
    count: ({ timeoutMs = 5_000, isGone = false, counting = COUNTING } = {}) => {
      const request = {
        place,
        target: "/v1/messages",
        lines: (length: number) => billedLines(sent, length),
        agent: { isGone },
      }
      return countExactly(request, new Uint8Array(3), ESTIMATED, { counting, egress, timeoutMs })
    },
    async [Symbol.asyncDispose]() {
      pool.close()
      await server[Symbol.asyncDispose]()
    },
  }
}
