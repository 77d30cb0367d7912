import { expect, test } from "bun:test"
import { whyTooFewIds } from "./user-ids.ts"

test.each([
  // uid             uid_map                                             enough
  [1_879_000_000, "         0          0 4294967295\n", true],
  [1_879_000_000, "         0       1000          1\n", false],
  [1_879_000_000, "         0       1000          1\n         1     100000      65536\n", false],
  [40_000, "         0       1000          1\n         1     100000      65536\n", true],
  [0, "         0       1000          1\n", true],
  [1, "", false],
] as const)("user %p of the map %j: enough is %p", (uid, map, enough) => {
  expect(whyTooFewIds(uid, map) === undefined).toBe(enough)
})
