import { expect, test } from "bun:test"
import { HOST_SCOPE } from "@bot-bottle/contracts"
import type { LimitStanding } from "./precedence.ts"
import { decideReservation, type ReservationDecision } from "./reservation.ts"

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
  const standings = left.map(standing)
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
  const standings = left.map(standing)
  const decision = decideReservation({ gate: "off", inputTokens: 100, maxOutputTokens: 50, minOutputTokens: 16 }, standings)
  expect(decision).toEqual(
    outcome === "admitted"
      ? { outcome, reservedTokens: 0, estimateTokens: 150 }
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

/** `149, output clamped to 49` or `refused by 0`. */
function decisionFrom(text: string, standings: readonly LimitStanding[]): ReservationDecision {
  const [number = 0, clamp] = (text.match(/\d+/g) ?? []).map(Number)
  const by = standings[number]
  if (by && text.startsWith("refused")) return { outcome: "refused", reason: "budget-exhausted", by }
  const clamped = clamp === undefined ? {} : { clampOutputTokens: clamp }
  return { outcome: "admitted", reservedTokens: number, estimateTokens: number, ...clamped }
}

function standing(text: string): LimitStanding {
  const [limitTokens = 0, usedTokens = 0, reservedTokens = 0] = text.split("/").map(Number)
  const limit = { scope: HOST_SCOPE, provider: "claude", limitTokens, window: "total", source: "settings" } as const
  return { limit, isCeiling: false, usedTokens, reservedTokens }
}
