import { expect, test } from "bun:test"
import { createOwnAddresses } from "./lookup.ts"

test("the host's own addresses are asked for once a second, and then again", () => {
  let nowMs = 0
  let asked = 0
  const read = () => {
    asked += 1
    return { eth0: [{ address: `192.0.2.${asked}` }] } as never
  }
  const own = createOwnAddresses(() => nowMs, read)
  expect([[...own()], [...own()], asked]).toEqual([["192.0.2.1"], ["192.0.2.1"], 1])
  nowMs = 1_001
  expect([[...own()], asked]).toEqual([["192.0.2.2"], 2])
})
