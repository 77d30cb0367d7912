import { describe, expect, test } from "bun:test"
import { linesOf } from "./lines.ts"

const CHUNK_SIZES = [1, 2, 7, 64, Number.MAX_SAFE_INTEGER] as const

// biome-ignore format: a table
const TEXTS = [
  // text                          lines, at most 8 characters each    kept
  ["",                             [],                                 []],
  ["\n",                           [""],                               [""]],
  ["a\nb\n",                       ["a", "b"],                         ["a", "b"]],
  ["a\n\nb",                       ["a", ""],                          ["a", "", "b"]],
  ["größe €\n",                    ["größe €"],                        ["größe €"]],
  ["12345678\nx\n",                ["12345678", "x"],                  ["12345678", "x"]],
  ["ok\n123456789abc\nlater\n",    ["ok", "123456789", "later"],       ["ok", "123456789", "later"]],
  ["ok\n123456789abc",             ["ok"],                             ["ok", "123456789"]],
] as const

describe.each(CHUNK_SIZES)("in chunks of %d bytes", (size) => {
  test.each(TEXTS)("linesOf cuts at line feeds and bounds each line: %j", async (text, dropped, kept) => {
    expect(await collect(text, size, "dropped")).toEqual([...dropped])
    expect(await collect(text, size, "kept")).toEqual([...kept])
  })
})

test("a line of a gigabyte without a line feed is not kept", async () => {
  const chunk = new Uint8Array(1024 * 1024).fill(0x61)
  async function* endless() {
    for (let sent = 0; sent < 1_024; sent += 1) yield chunk
    yield new TextEncoder().encode("\nnext\n")
  }
  const before = process.memoryUsage().heapUsed
  const lines: number[] = []
  for await (const line of linesOf(endless(), { maxLength: 1_000, unfinished: "dropped" })) lines.push(line.length)
  expect(lines).toEqual([1_001, 4])
  expect(process.memoryUsage().heapUsed - before).toBeLessThan(256 * 1024 * 1024)
})

async function collect(text: string, size: number, unfinished: "kept" | "dropped"): Promise<readonly string[]> {
  async function* chunks() {
    yield* chunksOf(text, size)
  }
  const lines: string[] = []
  for await (const line of linesOf(chunks(), { maxLength: 8, unfinished })) lines.push(line)
  return lines
}

function chunksOf(text: string, size: number): readonly Uint8Array[] {
  const bytes = new TextEncoder().encode(text)
  const chunks: Uint8Array[] = []
  for (let at = 0; at < bytes.byteLength; at += size) chunks.push(bytes.subarray(at, at + size))
  return chunks
}
