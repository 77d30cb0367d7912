import { expect, test } from "bun:test"
import { HOST_SCOPE } from "@bot-bottle/contracts"
import { keptFanOut, parseFanOutFlags } from "./fan-out-flags.ts"

test("the flags are read as their keys are, and a resumed run keeps them", () => {
  const read = parseFanOutFlags({ parallel: "2", requestsPerMinute: "30", spendPerMinute: "$0.25" })
  expect(read).toEqual({ parallel: 2, requestsPerMinute: 30, spendPerMinute: 250_000 })
  expect(parseFanOutFlags({})).toBeUndefined()
  const own = { scope: { kind: "run", key: "a-abc12" }, parallel: 2 } as const
  const budgets = {
    chain: [],
    declared: [],
    ceilings: [],
    gate: "reserve",
    cacheReadWeight: 0,
    policy: "kill",
  } as const
  expect(keptFanOut({ ...budgets, fanOut: [{ scope: HOST_SCOPE, parallel: 9 }, own] })).toEqual({ parallel: 2 })
  expect(keptFanOut(budgets)).toBeUndefined()
})

test.each([
  [{ parallel: "0" }, "--parallel '0' is not a whole number"],
  [{ parallel: "-1" }, "--parallel '-1'"],
  [{ requestsPerMinute: "1.5" }, "--requests-per-minute '1.5'"],
  [{ spendPerMinute: "0" }, "--spend-per-minute: '0' is not above 0"],
  [{ spendPerMinute: "lots" }, "--spend-per-minute: 'lots' is not a number of dollars"],
] as const)("%j is bad usage", (flags, message) => {
  expect(() => parseFanOutFlags(flags)).toThrow(message)
})
