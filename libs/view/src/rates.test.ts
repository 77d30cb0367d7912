import { describe, expect, test } from "bun:test"
import { addSpent, history, isIdle, lastsMs, NO_RATE, perMinute, type Spent } from "./rates.ts"

const MINUTE = 60_000
const NOW = 100 * MINUTE

describe("perMinute", () => {
  // biome-ignore format: a table
  test.each([
    // started, ended (before now), tokens        in the last minute
    [[[30_000, 0, 600]],                          600],
    [[[90_000, 30_000, 600]],                     300],
    [[[120_000, 60_000, 600]],                    0],
    [[[30_000, 0, 600], [40_000, 20_000, 100]],   700],
    [[[0, 0, 50]],                                50],
    [[[600_000, 0, 6_000]],                       600],
  ] as const)("%j", (spans, expected) => {
    expect(Math.round(perMinute(spent(spans), NOW))).toBe(expected)
  })
})

test("nothing is lost or invented: the bins of half an hour hold what was spent", () => {
  const rate = spent([
    [1_500_000, 1_400_000, 5_000],
    [700_000, 100_000, 12_000],
    [90_000, 1_000, 333],
  ])
  const sum = history(rate, NOW, { cells: 30, spanMs: 1_800_000 }).reduce((a, b) => a + b, 0)
  expect(Math.round(sum)).toBe(17_333)
})

test("the order in which requests settle does not matter", () => {
  const spans = [
    [900_000, 800_000, 700],
    [200_000, 100_000, 300],
    [50_000, 0, 100],
  ] as const
  const values = (order: readonly (readonly [number, number, number])[]) =>
    history(spent(order), NOW, { cells: 30, spanMs: 1_800_000 }).map(Math.round)
  expect(values([...spans].reverse())).toEqual(values(spans))
  expect(spent([...spans].reverse()).endedAtMs).toEqual(spent(spans).endedAtMs)
})

describe("lastsMs", () => {
  test("fewer than two requests in five minutes say nothing", () => {
    const rate = spent([[60_000, 10_000, 1_000]])
    expect([isIdle(rate, NOW), lastsMs(rate, 500, NOW)]).toEqual([true, undefined])
  })
  test("what is left at the pace of five minutes", () => {
    const rate = spent([
      [240_000, 120_000, 5_000],
      [100_000, 0, 5_000],
    ])
    expect(lastsMs(rate, 20_000, NOW)).toBeCloseTo(600_000, -2)
  })
  test("a long silence makes it idle again", () => {
    expect(
      isIdle(
        spent([
          [60_000, 10_000, 1_000],
          [50_000, 5_000, 1_000],
        ]),
        NOW + 6 * MINUTE,
      ),
    ).toBe(true)
  })
})

function spent(spans: readonly (readonly [number, number, number])[]) {
  return spans.reduce((rate, [started, ended, tokens]) => {
    const each: Spent = { startedAtMs: NOW - started, endedAtMs: NOW - ended, tokens }
    return addSpent(rate, each)
  }, NO_RATE)
}
