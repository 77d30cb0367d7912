import { expect, test } from "bun:test"
import { createHeldBytes } from "./held-bytes.ts"

test("what is too much together is refused, and room comes back", () => {
  const held = createHeldBytes(2500)
  expect([held.take(900), held.take(900), held.take(900), held.take(500)]).toEqual([true, true, false, true])
  held.giveBack(900)
  expect([held.take(1100), held.take(1100), held.take(1000)]).toEqual([true, false, false])
})
