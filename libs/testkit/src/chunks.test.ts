import { expect, test } from "bun:test"
import { CHUNK_SIZES, chunksOf, streamOf } from "./chunks.ts"

const text = "é ✓ 😀, and more than sixty-four bytes of text so that every size cuts it somewhere."

test.each(CHUNK_SIZES.map((size) => [size] as const))("chunks of %d bytes are the text again", async (size) => {
  const chunks = chunksOf(text, size)
  const bytes = new TextEncoder().encode(text)
  expect(
    chunks
      .map((chunk) => chunk.length)
      .slice(0, -1)
      .every((length) => length === size),
  ).toBe(true)
  expect(Buffer.concat(chunks)).toEqual(Buffer.from(bytes))
  expect(await new Response(streamOf(text, size)).text()).toBe(text)
})

test("no bytes make no chunks", () => {
  expect(chunksOf("", 7)).toEqual([])
})
