import { expect, test } from "bun:test"
import { type BudgetLimit, HOST_SCOPE, type RunBudgets, USD } from "@bot-bottle/contracts"
import type { GoverningBudget } from "@bot-bottle/ledger"
import { createRunFolders, SLUG } from "../testing/test-proxy.ts"
import { createBilling } from "./billing.ts"
import { createFailureLimit } from "./failure-limit.ts"
import { createLedgerOutage } from "./ledger-outage.ts"
import { createLedgerWrites } from "./ledger-writes.ts"
import { createPricing } from "./pricing.ts"
import { createTurnQueue } from "./turn-queue.ts"

const NOW = Date.parse("2026-11-01T00:00:00Z")
const PLACE = "api.anthropic.com"
/** 5 dollars a million in, 25 out; nothing is kept by its provider. */
const OPUS = {
  model: "claude-opus-4-5",
  maxOutputTokens: 1000,
  stream: false,
  inputTokens: 2000,
  cacheWrites: "none",
} as const
const AGENT = { isGone: false, watch: () => () => {}, session: undefined }
const USAGE = { inputTokens: 1800, cacheReadTokens: 0, cacheWriteTokens: 0, outputTokens: 100, reasoningTokens: 0 }

test("INV-5: a request reserves the highest price it can have, and settles at the price of its answer", async () => {
  await using bench = await startBench({ declared: [dollars(1)] })
  const bill = await bench.billing.reserve("claude", OPUS, PLACE, AGENT)
  expect(await bench.money()).toMatchObject({ usedTokens: 0, reservedTokens: 10_000 + 25_000 })
  if ("reason" in bill) throw new Error(bill.message)
  bill.settle({ by: "upstream", reading: { how: "complete", usage: USAGE, estimated: false } }, 200)
  await bench.writes.drain(1_000)
  expect(await bench.money()).toMatchObject({ usedTokens: 9_000 + 2_500, reservedTokens: 0 })
})

test("INV-5: what fits by tokens and not by money is clamped to the money", async () => {
  await using bench = await startBench({ declared: [dollars(0.02)] })
  expect(await bench.billing.reserve("claude", OPUS, PLACE, AGENT)).toMatchObject({ clampOutputTokens: 400 })
})

// biome-ignore format: a table
test.each([
  // model                 place                 own price  what is said
  ["claude-unheard-of",    PLACE,                false,     "no-price"],
  ["claude-opus-4-5",      "gateway.example",    false,     "no-price"],
  ["claude-unheard-of",    PLACE,                true,      "reserved"],
  ["anything",             "gateway.example",    true,      "reserved"],
] as const)("under a budget of money, %s at %s, with a price of prices.yml %p: %s", async (model, place, hasOwn, said) => {
  await using bench = await startBench({ declared: [dollars(1)] }, hasOwn)
  const bill = await bench.billing.reserve("claude", { ...OPUS, model }, place, AGENT)
  expect("reason" in bill ? bill.reason : "reserved").toBe(said)
})

test("without a budget of money an unknown model is metered as ever", async () => {
  await using bench = await startBench({})
  expect(
    await bench.billing.reserve("claude", { ...OPUS, model: "claude-unheard-of" }, PLACE, AGENT),
  ).not.toHaveProperty("reason")
})

test("a refusal names the money, and the words to raise it", async () => {
  await using bench = await startBench({ declared: [dollars(0.01)] })
  expect(await bench.billing.reserve("claude", OPUS, PLACE, AGENT)).toEqual({
    reason: "budget-exhausted",
    message:
      "Too little budget left: this request may cost up to $0.035 (2,000 in + 1,000 out); $0.01 is left of the host budget, which is $0.01.",
    hint: `bot-bottle budget set host usd 0.07 && bot-bottle restore ${SLUG}`,
  })
})

test("with the gate off, a stream's first usage that costs more than is left cuts", async () => {
  await using bench = await startBench({ gate: "off", declared: [dollars(0.001)] })
  const bill = await bench.billing.reserve("claude", OPUS, PLACE, AGENT)
  if ("reason" in bill) throw new Error(bill.message)
  bill.watch?.({ ...USAGE, outputTokens: 0 })
  expect(bench.streamed).toEqual([{ provider: USD, limitTokens: 1000, charged: 9_000 }])
})

function dollars(usd: number): BudgetLimit {
  return { scope: HOST_SCOPE, provider: USD, limitTokens: usd * 1_000_000, window: "total", source: "settings" }
}

async function startBench(change: Partial<RunBudgets>, hasOwnPrice = false) {
  const folders = await createRunFolders()
  const budgets: RunBudgets = {
    chain: [HOST_SCOPE],
    declared: [],
    ceilings: [],
    gate: "reserve",
    cacheReadWeight: 0,
    policy: "cutoff",
    ...change,
  }
  const rates = { input: 1, output: 1, cacheRead: 1, cacheWrite: 1, cacheWriteHour: 1 }
  const own = hasOwnPrice ? [{ models: ["*"], fromMs: 0, rates }] : []
  const outage = createLedgerOutage(() => {})
  const writes = createLedgerWrites({ outage })
  const streamed: unknown[] = []
  const billing = createBilling({
    slug: SLUG,
    budgets: () => budgets,
    ledger: folders.ledger,
    writes,
    enforcement: {
      settled: () => {},
      refused: () => {},
      streaming: ({ provider, limitTokens }: GoverningBudget, charged) =>
        void streamed.push({ provider, limitTokens, charged }),
    },
    outage,
    failures: createFailureLimit({ nowMs: () => 0 }),
    isOrphaned: () => false,
    pricing: createPricing({ own: () => own, nowMs: () => NOW }),
    turns: createTurnQueue({ isCut: () => false, beforeRetry: async () => {}, nowMs: Date.now }),
    cutDenial: () => undefined,
  })
  return {
    billing,
    writes,
    streamed,
    money: () => folders.ledger.governingBudget(budgets, USD),
    async [Symbol.asyncDispose]() {
      await writes.drain(1_000)
      await folders[Symbol.asyncDispose]()
    },
  }
}
