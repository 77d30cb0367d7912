import { expect, test } from "bun:test"
import { HOST_SCOPE, USD } from "@bot-bottle/contracts"
import type { LimitStanding } from "./precedence.ts"
import { decideReservation, highestPrice, type ReservationDecision } from "./reservation.ts"

const UNPRICED = { reservedMicroUsd: undefined, estimateMicroUsd: undefined }

// biome-ignore format: a table
test.each([
  // limit/used/reserved       input  max        min   takes
  [[],                         100,   50,        16,   "150"],
  [[],                         100,   undefined, 16,   "128100"],
  [["1000/0/0"],               100,   50,        16,   "150"],
  [["150/0/0"],                100,   50,        16,   "150"],
  [["149/0/0"],                100,   50,        16,   "149, output clamped to 49"],
  [["1000/800/51"],            100,   50,        16,   "149, output clamped to 49"],
  [["116/0/0"],                100,   50,        16,   "116, output clamped to 16"],
  [["115/0/0"],                100,   50,        16,   "refused by 0"],
  [["100/0/0"],                100,   50,        16,   "refused by 0"],
  [["1/0/0"],                  100,   50,        16,   "refused by 0"],
  [["0/0/0"],                  0,     0,         0,    "refused by 0"],
  [["100/100/0"],              0,     0,         0,    "refused by 0"],
  [["100/0/100"],              0,     0,         0,    "refused by 0"],
  [["100/50/50"],              1,     1,         1,    "refused by 0"],
  [["100/130/0"],              1,     1,         1,    "refused by 0"],
  // A client that asks for less than the usable minimum gets what it asks.
  [["105/0/0"],                100,   5,         16,   "105"],
  [["104/0/0"],                100,   5,         16,   "refused by 0"],
  // A client that names no maximum.
  [["128100/0/0"],             100,   undefined, 16,   "128100"],
  [["128099/0/0"],             100,   undefined, 16,   "128099, output clamped to 127999"],
  // The tightest of several decides, and is named.
  [["1000/0/0", "140/0/0"],    100,   50,        16,   "140, output clamped to 40"],
  [["140/0/0", "1000/0/0"],    100,   50,        16,   "140, output clamped to 40"],
  [["1000/0/0", "10/0/0"],     100,   50,        16,   "refused by 1"],
] as const)("INV-5: gate reserve, left %p, asking %d + %p (min %d): %s", (left, input, max, min, takes) => {
  const standings = left.map((text) => standing(text))
  const ask = { gate: "reserve", inputTokens: input, maxOutputTokens: max, minOutputTokens: min } as const
  expect(decideReservation(ask, standings)).toEqual(decisionFrom(takes, standings))
})

// biome-ignore format: a table
test.each([
  // limit/used/reserved        outcome
  [[],                          "admitted"],
  [["100/99/0"],                "admitted"],
  [["100/99/5000"],             "admitted"],
  [["100/100/0"],               "refused by 0"],
  [["100/101/0"],               "refused by 0"],
  [["0/0/0"],                   "refused by 0"],
  [["100/0/0", "50/50/0"],      "refused by 1"],
] as const)("INV-5: gate off, left %p: %s", (left, outcome) => {
  const standings = left.map((text) => standing(text))
  const decision = decideReservation({ gate: "off", inputTokens: 100, maxOutputTokens: 50, minOutputTokens: 16 }, standings)
  expect(decision).toEqual(
    outcome === "admitted"
      ? { outcome, reservedTokens: 0, estimateTokens: 150, ...UNPRICED }
      : { outcome: "refused", reason: "budget-exhausted", by: standings[Number(outcome.slice(-1))] as LimitStanding },
  )
})

test("INV-5: whatever is left and asked, an admitted request fits every limit that binds", () => {
  for (let left = 0; left <= 40; left++) {
    for (let input = 0; input <= 20; input++) {
      for (const max of [0, 1, 7, 30, undefined]) {
        const ask = { gate: "reserve", inputTokens: input, maxOutputTokens: max, minOutputTokens: 4 } as const
        const decision = decideReservation(ask, [standing(`100/${100 - left}/0`), standing("90/20/0")])
        if (decision.outcome === "refused") continue
        expect(decision.reservedTokens).toBeLessThanOrEqual(left)
        const mostOutput = decision.clampOutputTokens ?? max ?? 128_000
        expect(input + mostOutput).toBeLessThanOrEqual(decision.reservedTokens)
      }
    }
  }
})

// Input costs 2 micro-dollars a token here, output 10.
const RATES = { input: 2_000_000, output: 10_000_000 }

// biome-ignore format: a table
test.each([
  // tokens       money          input  max   takes
  [undefined,     "1000/0/0",    100,   50,   { reservedTokens: 150, reservedMicroUsd: 700 }],
  [undefined,     "700/0/0",     100,   50,   { reservedTokens: 150, reservedMicroUsd: 700 }],
  [undefined,     "699/0/0",     100,   50,   { reservedTokens: 149, reservedMicroUsd: 690, clampOutputTokens: 49 }],
  [undefined,     "1000/200/101",100,   50,   { reservedTokens: 149, reservedMicroUsd: 690, clampOutputTokens: 49 }],
  [undefined,     "359/0/0",     100,   50,   "money"],
  [undefined,     "199/0/0",     100,   50,   "money"],
  [undefined,     "100/100/0",   0,     0,    "money"],
  [undefined,     "0/0/0",       0,     0,    "money"],
  // The limit that leaves the least output decides.
  ["140/0/0",     "699/0/0",     100,   50,   { reservedTokens: 140, reservedMicroUsd: 600, clampOutputTokens: 40 }],
  ["149/0/0",     "500/0/0",     100,   50,   { reservedTokens: 130, reservedMicroUsd: 500, clampOutputTokens: 30 }],
  ["115/0/0",     "699/0/0",     100,   50,   "tokens"],
  ["1000/0/0",    "210/0/0",     100,   50,   "money"],
] as const)("INV-5: gate reserve, %p tokens and %p of money, asking %d + %d: %j", (tokens, money, input, max, takes) => {
  const standings = [...(tokens === undefined ? [] : [standing(tokens)]), standing(money, USD)]
  const ask = { gate: "reserve", inputTokens: input, maxOutputTokens: max, minOutputTokens: 16, rates: RATES } as const
  const decision = decideReservation(ask, standings)
  if (typeof takes !== "string") return expect(decision).toMatchObject({ outcome: "admitted", ...takes })
  const by = takes === "money" ? standings.at(-1) : standings[0]
  expect(decision).toEqual({ outcome: "refused", reason: "budget-exhausted", by: by as LimitStanding })
})

test.each(["reserve", "off"] as const)("gate %s: under a limit of money nothing leaves without a price", (gate) => {
  const ask = { gate, inputTokens: 1, maxOutputTokens: 1, minOutputTokens: 1 }
  const money = standing("1000/0/0", USD)
  expect(decideReservation(ask, [money])).toEqual({ outcome: "refused", reason: "no-price", by: money })
  expect(decideReservation(ask, [standing("1000/0/0")])).toMatchObject({ outcome: "admitted" })
})

test("INV-5: gate off, money that is spent refuses, and an admitted request has an estimate", () => {
  const ask = { gate: "off", inputTokens: 100, maxOutputTokens: 50, minOutputTokens: 16, rates: RATES } as const
  expect(decideReservation(ask, [standing("10/9/0", USD)])).toMatchObject({
    reservedMicroUsd: 0,
    estimateMicroUsd: 700,
  })
  expect(decideReservation(ask, [standing("10/10/0", USD)])).toMatchObject({ outcome: "refused" })
})

test("INV-5: an admitted request's highest price fits into the money that is left", () => {
  for (const rates of [RATES, { input: 333_333, output: 777_777 }, { input: 0, output: 1 }, { input: 3, output: 0 }]) {
    for (let left = 0; left <= 90; left++) {
      for (const input of [0, 1, 3, 17]) {
        for (const max of [0, 1, 7, undefined]) {
          const ask = { gate: "reserve", inputTokens: input, maxOutputTokens: max, minOutputTokens: 2, rates } as const
          const decision = decideReservation(ask, [standing(`100/${100 - left}/0`, USD)])
          if (decision.outcome === "refused") continue
          const output = decision.clampOutputTokens ?? max ?? 128_000
          expect(highestPrice(input, output, rates)).toBeLessThanOrEqual(left)
          expect(decision.reservedMicroUsd).toBe(highestPrice(input, output, rates))
        }
      }
    }
  }
})

/** `149, output clamped to 49` or `refused by 0`. */
function decisionFrom(text: string, standings: readonly LimitStanding[]): ReservationDecision {
  const [number = 0, clamp] = (text.match(/\d+/g) ?? []).map(Number)
  const by = standings[number]
  if (by && text.startsWith("refused")) return { outcome: "refused", reason: "budget-exhausted", by }
  const clamped = clamp === undefined ? {} : { clampOutputTokens: clamp }
  return { outcome: "admitted", reservedTokens: number, estimateTokens: number, ...UNPRICED, ...clamped }
}

function standing(text: string, provider = "claude"): LimitStanding {
  const [limitTokens = 0, usedTokens = 0, reservedTokens = 0] = text.split("/").map(Number)
  const limit = { scope: HOST_SCOPE, provider, limitTokens, window: "total", source: "settings" } as const
  return { limit, isCeiling: false, usedTokens, reservedTokens }
}
