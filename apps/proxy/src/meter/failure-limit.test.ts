import { expect, test } from "bun:test"
import { HOST_SCOPE, type RunBudgets } from "@bot-bottle/contracts"
import type { StreamEnd } from "@bot-bottle/model-apis"
import { createRunFolders, SLUG } from "../testing/test-proxy.ts"
import { type Bill, createBilling } from "./billing.ts"
import { createFailureLimit } from "./failure-limit.ts"
import { createLedgerOutage } from "./ledger-outage.ts"
import { createLedgerWrites } from "./ledger-writes.ts"
import { createPricing } from "./pricing.ts"
import { createTurnQueue } from "./turn-queue.ts"

const AGENT = { isGone: false, watch: () => () => {}, session: undefined }
const USAGE = { inputTokens: 5, cacheReadTokens: 0, cacheWriteTokens: 0, outputTokens: 1, reasoningTokens: 0 }
const ended = (how: StreamEnd["reading"]["how"]): StreamEnd => ({
  by: "upstream",
  reading: { how, usage: USAGE, estimated: false },
})

test("so many at once, so many a second more, and never more than the most", () => {
  let nowMs = 0
  const limit = createFailureLimit({ nowMs: () => nowMs, most: 2, perSecond: 0.5 })
  const takeAll = () => {
    let taken = 0
    while (taken < 10 && limit.take()) taken++
    return taken
  }
  const taken = [takeAll(), takeAll()]
  for (nowMs of [1_999, 2_000, 60_000, 59_000]) taken.push(takeAll())
  limit.giveBack()
  taken.push(takeAll())
  expect(taken).toEqual([2, 0, 0, 1, 2, 0, 1])
})

// biome-ignore format: a table
test.each<[string, (bill: Bill) => void, boolean]>([
  ["the provider refuses",           (bill) => bill.settle(ended("unbilled"), 400),   false],
  ["is billed",                      (bill) => bill.settle(ended("complete"), 200),   true],
  ["is billed, and breaks off",      (bill) => bill.settle(ended("cut-short"), 200),  true],
  ["has nobody to say what it cost", (bill) => bill.settleUnknown(),                  true],
  ["is not answered",                (bill) => bill.settleUnanswered(),               true],
  ["never left",                     (bill) => bill.release(),                        true],
])("a request that %s is one of those that may come to nothing, or not", async (_, end, goesOn) => {
  await using bench = await startBench()
  const outcomes: string[] = []
  for (let request = 0; request < 4; request++) {
    const bill = await bench.reserve(10)
    outcomes.push("reason" in bill ? bill.reason : "reserved")
    if ("reason" in bill) continue
    end(bill)
    // The first close is the one that counts.
    bill.release()
  }
  const last = goesOn ? "reserved" : "too-many-failures"
  expect(outcomes).toEqual(["reserved", "reserved", last, last])
})

test("a request that no budget has room for is one of those that come to nothing", async () => {
  await using bench = await startBench()
  const outcomes: string[] = []
  for (let request = 0; request < 3; request++) {
    const bill = await bench.reserve(5_000)
    outcomes.push("reason" in bill ? bill.reason : "reserved")
  }
  expect(outcomes).toEqual(["budget-exhausted", "budget-exhausted", "too-many-failures"])
})

async function startBench() {
  const folders = await createRunFolders()
  const limit = { scope: HOST_SCOPE, provider: "p", limitTokens: 1_000, window: "total", source: "settings" } as const
  const budgets: RunBudgets = {
    chain: [HOST_SCOPE],
    declared: [limit],
    ceilings: [],
    gate: "reserve",
    cacheReadWeight: 0.1,
    policy: "cutoff",
  }
  const outage = createLedgerOutage(() => {})
  const writes = createLedgerWrites({ outage })
  const billing = createBilling({
    slug: SLUG,
    budgets: () => budgets,
    ledger: folders.ledger,
    writes,
    enforcement: { settled: () => {}, refused: () => {}, streaming: () => {} },
    outage,
    failures: createFailureLimit({ nowMs: () => 0, most: 2 }),
    isOrphaned: () => false,
    pricing: createPricing({ own: () => [], nowMs: Date.now }),
    turns: createTurnQueue({ isCut: () => false, beforeRetry: async () => {}, nowMs: Date.now }),
    cutDenial: () => undefined,
  })
  return {
    reserve: (inputTokens: number) =>
      billing.reserve("p", { model: "m", maxOutputTokens: 10, stream: false, inputTokens }, "api.example.com", AGENT),
    async [Symbol.asyncDispose]() {
      await writes.drain(1_000)
      await folders[Symbol.asyncDispose]()
    },
  }
}
