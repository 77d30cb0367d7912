import { expect, test } from "bun:test"
import { CHUNK_SIZES, chunksOf } from "@bot-bottle/testkit"
import { createTerminalText } from "./terminal-text.ts"

const SIZE = { columns: 20, rows: 3 }

test.each(CHUNK_SIZES)(
  "createTerminalText: every line once, as a person saw it, whatever the chunks: %p",
  async (size) => {
    // Words placed by cursor movements, a line written over, and one that wraps.
    const written = "\x1b[1mone\x1b[0m\x1b[1Ctwo\r\nworking…\r\x1b[2Kdone\r\n漢字\r\na line of twenty-four ch\r\nlast"
    expect(await linesOf(written, size)).toEqual(["one two", "done", "漢字", "a line of twenty-fou", "r ch", "last"])
  },
)

test.each([
  // written                                             lines
  ["a\r\n\x1b[?1049h\x1b[Hdrawn\x1b[H\x1b[2Bhere", ["drawn", "", "here"]],
  ["a\r\n\x1b[?1049h\x1b[Hdrawn\x1b[?1049lb", ["drawn", "", "", "a", "b"]],
  ["1\r\n2\r\n3\r\n4\r\n5\x1b[3J\x1b[2J\x1b[Hnew", ["1", "2", "new"]],
  ["", []],
  ["\x1b]0;title\x07\x1b[2Jx", ["x"]],
] as const)("createTerminalText: %p is read as %p", async (written, lines) => {
  expect(await linesOf(written, 7)).toEqual([...lines])
})

test("createTerminalText: no line of a long output is lost", async () => {
  const lines = Array.from({ length: 50_000 }, (_, index) => `line ${index}`)
  const text = createTerminalText(SIZE)
  const seen = [...(await text.push(Buffer.from(lines.join("\r\n")))), ...(await text.end())]
  expect([seen.length, seen[0], seen.at(-1)]).toEqual([50_000, "line 0", "line 49999"])
})

async function linesOf(written: string, size: number): Promise<readonly string[]> {
  const text = createTerminalText(SIZE)
  const lines: string[] = []
  for (const chunk of chunksOf(Buffer.from(written), size)) lines.push(...(await text.push(chunk)))
  return [...lines, ...(await text.end())]
}
