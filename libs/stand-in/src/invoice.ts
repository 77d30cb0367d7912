// The provider's invoice: what its requests cost, counted by a price list and an arithmetic of its own.
//
// Nothing here is shared with the code that it is compared with. The list is typed from the vendors' pages, in
// dollars a million tokens; sums are exact, in millionths of a micro-dollar, and rounded only when they are read.

import type { Usage } from "@bot-bottle/contracts"

export interface InvoicedRequest {
  readonly model: string
  readonly atMs: number
  /** In the vendor's word: `standard`, `flex`, `batch`, `priority`. */
  readonly tier: string
  readonly usage: Usage
  /** Of the cache writes. */
  readonly keptForAnHour: number
}

export interface Invoice {
  add(request: InvoicedRequest): void
  /** Micro-dollars by model, of the exact sums. */
  byModel(): ReadonlyMap<string, number>
  /** Micro-dollars by model, where each request is rounded for itself, halves to the even number. */
  byModelRounded(): ReadonlyMap<string, number>
}

// biome-ignore format: a table
const PRICES = [
  // model                  tier        above     from         input    output   read      5 min     1 h
  "claude-opus-4-5          standard    0         2025-11-24   5        25       0.5       6.25      10",
  "claude-opus-4-5          batch       0         2025-11-24   2.5      12.5     0.25      3.125     5",
  "claude-sonnet-4-5        standard    0         2025-05-22   3        15       0.3       3.75      6",
  "claude-sonnet-4-5        standard    200000    2025-05-22   6        22.5     0.6       7.5       12",
  "claude-sonnet-4-5        batch       0         2025-05-22   1.5      7.5      0.15      1.875     3",
  "claude-haiku-4-5         standard    0         2025-10-15   1        5        0.1       1.25      2",
  "gpt-5                    standard    0         2025-08-07   1.25     10       0.125     1.25      1.25",
  "gpt-5                    priority    0         2025-08-07   2.5      20       0.25      2.5       2.5",
  "gpt-5                    flex        0         2025-08-07   0.625    5        0.0625    0.625     0.625",
  "gpt-5.4                  standard    0         2026-03-05   2.5      15       0.25      2.5       2.5",
  "gpt-5.4                  standard    272000    2026-03-05   5        22.5     0.5       5         5",
  "gpt-5.4                  priority    0         2026-03-05   5        30       0.5       5         5",
  "gpt-5.4                  flex        0         2026-03-05   1.25     7.5      0.125     1.25      1.25",
  "gpt-4.1-mini             standard    0         2025-04-14   0.4      1.6      0.1       0.4       0.4",
  "gpt-4.1-mini             priority    0         2025-04-14   0.7      2.8      0.175     0.7       0.7",
  "text-embedding-3-small   standard    0         2024-01-25   0.02     0        0.02      0.02      0.02",
  "house-model              standard    0         2024-01-01   0.3      1.2      0.03      0.3       0.3",
  "house-model              standard    0         2026-06-01   0.2      0.8      0.03      0.2       0.2",
] as const

const PICO = 1_000_000n

export function createInvoice(): Invoice {
  const exact = new Map<string, bigint>()
  const rounded = new Map<string, bigint>()
  return {
    add(request) {
      const pico = costOf(request)
      exact.set(request.model, (exact.get(request.model) ?? 0n) + pico)
      rounded.set(request.model, (rounded.get(request.model) ?? 0n) + roundHalfEven(pico))
    },
    byModel: () => new Map([...exact].map(([model, pico]) => [model, Number(roundHalfEven(pico))])),
    byModelRounded: () => new Map([...rounded].map(([model, micro]) => [model, Number(micro)])),
  }
}

interface Price {
  readonly model: string
  readonly tier: string
  readonly above: number
  readonly fromMs: number
  /** Micro-dollars a million tokens: input, output, read, five minutes, an hour. */
  readonly each: readonly bigint[]
}

const LIST: readonly Price[] = PRICES.map((line) => {
  const [model = "", tier = "", above = "0", from = "", ...dollars] = line.split(/ +/)
  return { model, tier, above: Number(above), fromMs: Date.parse(`${from}T00:00:00Z`), each: dollars.map(microDollars) }
})

function costOf({ model, atMs, tier, usage, keptForAnHour }: InvoicedRequest): bigint {
  const input = usage.inputTokens + usage.cacheReadTokens + usage.cacheWriteTokens
  const fits = LIST.filter((price) => price.model === model && price.tier === tier && price.fromMs <= atMs)
  const latest = Math.max(...fits.map(({ fromMs }) => fromMs))
  const inForce = fits.filter(({ fromMs, above }) => fromMs === latest && (above === 0 || input > above))
  const price = inForce.reduce((best, one) => (one.above >= best.above ? one : best), inForce[0] as Price)
  if (price === undefined) throw new Error(`The invoice has no price of ${model} ${tier}`)
  const counts = [
    usage.inputTokens,
    usage.outputTokens,
    usage.cacheReadTokens,
    usage.cacheWriteTokens - keptForAnHour,
    keptForAnHour,
  ]
  return counts.reduce((sum, count, index) => sum + BigInt(count) * (price.each[index] ?? 0n), 0n)
}

/** `0.0625`: exact, by its digits. */
function microDollars(text: string): bigint {
  const [whole = "0", fraction = ""] = text.split(".")
  return BigInt(whole) * PICO + BigInt(fraction.padEnd(6, "0"))
}

function roundHalfEven(pico: bigint): bigint {
  const [micro, rest] = [pico / PICO, pico % PICO]
  if (rest * 2n !== PICO) return rest * 2n > PICO ? micro + 1n : micro
  return micro % 2n === 0n ? micro : micro + 1n
}
