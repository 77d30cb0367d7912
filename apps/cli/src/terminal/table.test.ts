import { expect, test } from "bun:test"
import { createPaint } from "./paint.ts"
import { formatTable } from "./table.ts"

test("formatTable: columns line up, numbers to the right, colour and wide characters measured as seen", () => {
  const paint = createPaint(true)
  const lines = formatTable(
    [{ title: "RUN" }, { title: "TOKENS", align: "right" }, { title: "AGENT" }],
    [
      [paint.named("red", "a-12345"), "1,500", "x"],
      ["日本-00000", "7", ""],
    ],
  )
  expect(lines.map((line) => Bun.stripANSI(line))).toEqual([
    "RUN         TOKENS  AGENT",
    "a-12345      1,500  x",
    "日本-00000       7",
  ])
})
