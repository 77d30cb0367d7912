import { expect, test } from "bun:test"
import { createResponseMemory } from "./known-responses.ts"

test("createResponseMemory forgets the oldest, and what is said of one again is the truth about it", () => {
  const memory = createResponseMemory(2)
  for (const [id, tokens] of [
    ["a", 1],
    ["b", 2],
    ["a", 3],
    ["c", 4],
  ] as const)
    memory.remember(id, tokens)
  expect(["a", "b", "c"].map((id) => memory.tokensOf(id))).toEqual([3, undefined, 4])
})

test("createResponseMemory keeps no id that no provider would give", () => {
  const memory = createResponseMemory()
  memory.remember("x".repeat(257), 1)
  memory.remember("x".repeat(256), 2)
  expect([memory.tokensOf("x".repeat(257)), memory.tokensOf("x".repeat(256))]).toEqual([undefined, 2])
})
