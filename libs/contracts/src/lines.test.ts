import { describe, expect, test } from "bun:test"
import { createLineReader, createLineWriter, linesOf } from "./lines.ts"

const CHUNK_SIZES = [1, 2, 7, 64, Number.MAX_SAFE_INTEGER] as const

// biome-ignore format: a table
const TEXTS = [
  // text                          lines, at most 8 characters each    kept                       read before a line is too long
  ["",                             [],                                 [],                        []],
  ["\n",                           [""],                               [""],                      [""]],
  ["a\nb\n",                       ["a", "b"],                         ["a", "b"],                ["a", "b"]],
  ["a\n\nb",                       ["a", ""],                          ["a", "", "b"],            ["a", ""]],
  ["größe €\n",                    ["größe €"],                        ["größe €"],               ["größe €"]],
  ["12345678\nx\n",                ["12345678", "x"],                  ["12345678", "x"],         ["12345678", "x"]],
  ["ok\n123456789abc\nlater\n",    ["ok", "123456789", "later"],       ["ok", "123456789", "later"], ["ok"]],
  ["ok\n123456789abc",             ["ok"],                             ["ok", "123456789"],       ["ok"]],
] as const

describe.each(CHUNK_SIZES)("in chunks of %d bytes", (size) => {
  test.each(TEXTS)("linesOf cuts at line feeds and bounds each line: %j", async (text, dropped, kept) => {
    expect(await collect(text, size, "dropped")).toEqual([...dropped])
    expect(await collect(text, size, "kept")).toEqual([...kept])
  })

  test.each(TEXTS)("createLineReader stops at a line that is too long: %j", (text, _dropped, _kept, read) => {
    const lines: string[] = []
    let tooLong = 0
    const reader = createLineReader({
      maxLength: 8,
      onLine: (line) => lines.push(line),
      onTooLong: () => {
        tooLong += 1
      },
    })
    for (const chunk of chunksOf(text, size)) reader.read(chunk)
    expect(lines).toEqual([...read])
    expect(tooLong).toBe(text.includes("123456789") ? 1 : 0)
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

test("createLineWriter keeps the order while the socket takes one byte at a time", () => {
  let sent = ""
  const writer = createLineWriter((bytes) => {
    sent += new TextDecoder().decode(bytes.subarray(0, 1))
    return 1
  })
  writer.write("ab")
  writer.write("c")
  expect(writer.waitingBytes).toBeGreaterThan(0)
  while (writer.waitingBytes > 0) writer.drain()
  expect(sent).toBe("ab\nc\n")
})

test("createLineWriter forgets everything when the socket is closed", () => {
  const writer = createLineWriter(() => -1)
  writer.write("ab")
  expect(writer.waitingBytes).toBe(0)
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
