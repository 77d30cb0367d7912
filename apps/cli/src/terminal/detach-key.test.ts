import { expect, test } from "bun:test"
import { CHUNK_SIZES, chunksOf } from "@bot-bottle/testkit"
import { createDetachKey } from "./detach-key.ts"

test.each([
  // typed                    reaches the agent   leaves
  ["hello", "hello", false],
  ["hel\x1dlo", "hel", true],
  ["a\x1b[93;5u", "a", true],
  ["a\x1b[93;5:1ub", "a", true],
  ["a\x1b[93;69u", "a", true],
  ["a\x1b[27;5;93~", "a", true],
  ["\x1b[93;5:3u", "\x1b[93;5:3u", false],
  ["]\x1b[93u\x1b[93;2u\x1b", "]\x1b[93u\x1b[93;2u\x1b", false],
  ["93;5u", "93;5u", false],
] as const)("%j: %j reaches the agent, leaves: %p", (typed, reaches, leaves) => {
  expect(readWhole(typed)).toEqual({ input: reaches, isLeaving: leaves })
})

test.each(CHUNK_SIZES)("found whatever the chunks: %p", (size) => {
  for (const key of ["\x1d", "\x1b[93;5u", "\x1b[27;5;93~"]) {
    const detach = createDetachKey()
    const read = [...chunksOf(Buffer.from(`hello${key}`), size)].map((chunk) => detach.read(chunk).isLeaving)
    expect(read.at(-1)).toBe(true)
    expect(read.slice(0, -1)).not.toContain(true)
  }
})

test("no byte is held back", () => {
  const detach = createDetachKey()
  expect(Buffer.from(detach.read(Buffer.from("\x1b")).input).toString()).toBe("\x1b")
})

function readWhole(typed: string) {
  const { input, isLeaving } = createDetachKey().read(Buffer.from(typed))
  return { input: Buffer.from(input).toString(), isLeaving }
}
