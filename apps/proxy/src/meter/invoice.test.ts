// The cost of a run in `usage`, against the provider's own invoice.

import { expect, test } from "bun:test"
import { join } from "node:path"
import { HOST_SCOPE, type PriceRow, type RunBudgets, USD, type Usage } from "@bot-bottle/contracts"
import { type Ledger, openLedger } from "@bot-bottle/ledger"
import { sampleRun } from "@bot-bottle/ledger/testing"
import { createInvoice } from "@bot-bottle/stand-in"
import { openTempFolder } from "@bot-bottle/testkit"
import { type Bill, createBilling } from "./billing.ts"
import { createFailureLimit } from "./failure-limit.ts"
import { createLedgerOutage } from "./ledger-outage.ts"
import { createLedgerWrites } from "./ledger-writes.ts"
import { createPricing } from "./pricing.ts"
import { createTurnQueue } from "./turn-queue.ts"

const REQUESTS = 100_000
/** As many are under way at once. */
const BATCH = 100
const START_MS = Date.parse("2026-04-01T00:00:00Z")
const END_MS = Date.parse("2026-09-01T00:00:00Z")
/** Inside a quarter of an hour: from there single requests count. */
const SINCE_MS = Date.parse("2026-06-17T11:07:13Z")
const SLUG = "invoiced-abc12"
/** The only model that no vendor's list has, at a price that changed on June 1st. */
const OWN: readonly PriceRow[] = [ownRow("2024-01-01", 0.3, 1.2), ownRow("2026-06-01", 0.2, 0.8)]

// biome-ignore format: a table
const KINDS = [
  // host                model                         tiers, as the API says them             hour   most input
  ["api.anthropic.com",  "claude-opus-4-5",            [undefined, "batch"],                   true,  60_000],
  ["api.anthropic.com",  "claude-sonnet-4-5",          [undefined, undefined, "batch"],        true,  400_000],
  ["api.anthropic.com",  "claude-haiku-4-5",           [undefined],                            true,  20_000],
  ["api.openai.com",     "gpt-5",                      [undefined, "priority", "flex"],        false, 100_000],
  ["api.openai.com",     "gpt-5.4",                    [undefined, "priority", "flex"],        false, 500_000],
  ["api.openai.com",     "gpt-4.1-mini",               [undefined, "priority"],                false, 5_000],
  ["api.openai.com",     "text-embedding-3-small",     [undefined],                            false, 9_000],
  ["gateway.example",    "house-model",                [undefined],                            false, 50_000],
] as const

test("usage --by model --since equals the invoice over 100,000 requests: exactly by request, to the cent by sum", async () => {
  await using bench = await openBench()
  const [whole, since] = [createInvoice(), createInvoice()]
  const random = createRandom()
  for (let made = 0; made < REQUESTS; made += BATCH) {
    bench.clock.nowMs = START_MS + Math.floor(((END_MS - START_MS) * made) / REQUESTS)
    const { nowMs: atMs } = bench.clock
    await bench.settleAll(
      Array.from({ length: BATCH }, () => {
        const request = draw(random)
        for (const invoice of atMs >= SINCE_MS ? [whole, since] : [whole]) invoice.add({ ...request, atMs })
        return request
      }),
    )
  }
  for (const [invoice, query] of [
    [whole, {}],
    [since, { sinceMs: SINCE_MS }],
  ] as const) {
    const rows = await bench.ledger.usage({ by: "model", ...query })
    const said = new Map(rows.map(({ key, costMicroUsd }) => [key, costMicroUsd]))
    expect(rows.map(({ unpricedRequests, estimatedRequests }) => unpricedRequests + estimatedRequests)).toEqual(
      rows.map(() => 0),
    )
    expect(sorted(said)).toEqual(sorted(invoice.byModelRounded()))
    for (const [model, microUsd] of invoice.byModel()) {
      expect(Math.abs((said.get(model) ?? 0) - microUsd)).toBeLessThan(HALF_A_CENT)
    }
  }
  // A budget of money has counted the same, to the micro-dollar.
  const total = [...whole.byModelRounded().values()].reduce((a, b) => a + b, 0)
  const [money] = await bench.ledger.measureLimits([
    { scope: HOST_SCOPE, provider: USD, limitTokens: 1, window: "total", source: "operator" },
  ])
  expect(money).toMatchObject({ usedTokens: total, reservedTokens: 0 })
  expect((await bench.ledger.usage({ by: "run" }))[0]?.requests).toBe(REQUESTS)
}, 120_000)

const HALF_A_CENT = 5_000

interface Drawn {
  readonly host: string
  readonly model: string
  readonly serviceTier: string | undefined
  readonly tier: string
  readonly usage: Usage
  readonly keptForAnHour: number
}

function draw(random: (below: number) => number): Drawn {
  const [host, model, tiers, hasHour, mostInput] = KINDS[random(KINDS.length)] as (typeof KINDS)[number]
  const serviceTier = tiers[random(tiers.length)]
  const isEmbedding = model.startsWith("text-embedding")
  const cacheWriteTokens = hasHour && random(3) === 0 ? random(9_000) : 0
  const outputTokens = isEmbedding ? 0 : random(3_000)
  const usage = {
    inputTokens: 1 + random(mostInput),
    cacheReadTokens: isEmbedding ? 0 : random(mostInput),
    cacheWriteTokens,
    outputTokens,
    reasoningTokens: random(outputTokens + 1),
  }
  return {
    host,
    model,
    serviceTier,
    tier: serviceTier ?? "standard",
    usage,
    keptForAnHour: random(cacheWriteTokens + 1),
  }
}

/** The same numbers in every run of the test. */
function createRandom(): (below: number) => number {
  let state = 20_261_128
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return Math.floor((state / 2 ** 32) * below)
  }
}

function sorted(map: ReadonlyMap<string, number>): readonly (readonly [string, number])[] {
  return [...map].sort(([a], [b]) => (a < b ? -1 : 1))
}

function ownRow(from: string, input: number, output: number): PriceRow {
  const [micro, read] = [Math.round(input * 1e6), 30_000]
  const rates = {
    input: micro,
    output: Math.round(output * 1e6),
    cacheRead: read,
    cacheWrite: micro,
    cacheWriteHour: micro,
  }
  return { host: "gateway.example", models: ["house-*"], fromMs: Date.parse(`${from}T00:00:00Z`), rates }
}

/** The settlement path of a proxy, over a ledger on the disk, with a clock that the test moves. */
async function openBench() {
  const folder = await openTempFolder()
  const clock = { nowMs: START_MS }
  const nowMs = () => clock.nowMs
  const ledger: Ledger = await openLedger(join(folder.path, "ledger.db"), {
    nowMs,
    timeZone: "UTC",
    synchronous: "NORMAL",
  })
  await ledger.createRun(sampleRun(SLUG))
  const budgets: RunBudgets = {
    chain: [{ kind: "run", key: SLUG }, HOST_SCOPE],
    declared: [
      { scope: HOST_SCOPE, provider: USD, limitTokens: 1_000_000_000_000, window: "total", source: "settings" },
    ],
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
    ledger,
    writes,
    enforcement: { settled: () => {}, refused: () => {}, streaming: () => {} },
    outage,
    failures: createFailureLimit({ nowMs: () => 0 }),
    isOrphaned: () => false,
    pricing: createPricing({ own: () => OWN, nowMs }),
    turns: createTurnQueue({ isCut: () => false, beforeRetry: async () => {}, nowMs }),
    cutDenial: () => undefined,
  })
  const client = { isGone: false, watch: () => () => {}, session: undefined }
  return {
    ledger,
    clock,
    async settleAll(requests: readonly Drawn[]) {
      const bills = await Promise.all(
        requests.map(async ({ host, model, usage }): Promise<Bill> => {
          const inputTokens = usage.inputTokens + usage.cacheReadTokens + usage.cacheWriteTokens
          const asked = { model, maxOutputTokens: usage.outputTokens, stream: false, inputTokens }
          const bill = await billing.reserve(host, asked, host, client)
          if ("reason" in bill) throw new Error(bill.message)
          return bill
        }),
      )
      for (const [index, { usage, model, serviceTier, keptForAnHour }] of requests.entries()) {
        const reading = {
          how: "complete",
          usage,
          estimated: false,
          model,
          ...(keptForAnHour > 0 && { cacheWriteHourTokens: keptForAnHour }),
          ...(serviceTier !== undefined && { serviceTier }),
        } as const
        bills[index]?.settle({ by: "upstream", reading }, 200)
      }
      while (writes.waiting > 0) await new Promise<void>((resolve) => setImmediate(resolve))
    },
    async [Symbol.asyncDispose]() {
      await ledger.close()
      await folder[Symbol.asyncDispose]()
    },
  }
}
