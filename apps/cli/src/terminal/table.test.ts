import { expect, test } from "bun:test"
import { type Column, formatTable } from "./table.ts"

const COLUMNS: readonly Column[] = [
  { title: "RUN", minWidth: 8 },
  { title: "AGENT", minWidth: 4, dropOrder: 1 },
  { title: "NOTE", minWidth: 4, dropOrder: 2 },
  { title: "TOKENS", align: "right" },
]
const ROWS = [["fix-the-login-a1b2c", "implementer", "out of budget", "12,345"]]

test.each([
  // width    lines
  [Infinity, ["RUN AGENT NOTE TOKENS", "fix-the-login-a1b2c implementer out of budget 12,345"]],
  [50, ["RUN AGENT NOTE TOKENS", "fix-the-login… implementer out of budget 12,345"]],
  [31, ["RUN AGENT NOTE TOKENS", "fix-the… impl… out o… 12,345"]],
  [24, ["RUN AGENT TOKENS", "fix-the… imple… 12,345"]],
  [16, ["RUN TOKENS", "fix-the… 12,345"]],
] as const)("formatTable: at %p columns, cells are cut before columns leave", (width, lines) => {
  const shown = formatTable(COLUMNS, ROWS, { width })
  for (const line of shown) expect(Bun.stringWidth(line)).toBeLessThanOrEqual(width)
  expect(shown.map((line) => line.replaceAll(/ +/g, " "))).toEqual(lines.map((line) => line.replaceAll(/ +/g, " ")))
})

test("formatTable: a column without a least width is never cut", () => {
  expect(formatTable([{ title: "TOKENS" }], [["123,456,789"]], { width: 4 })).toEqual(["TOKENS", "123,456,789"])
})

test("formatTable: color and wide characters do not disturb the columns", () => {
  const rows = [
    ["\x1b[31mred\x1b[39m", "1"],
    ["日本語", "22"],
  ]
  expect(formatTable([{ title: "NAME" }, { title: "N", align: "right" }], rows, { width: 80 })).toEqual([
    "NAME     N",
    "\x1b[31mred\x1b[39m      1",
    "日本語  22",
  ])
})

test("formatTable: a colored cell keeps its color when it is cut, and closes it", () => {
  const [, line] = formatTable([{ title: "A", minWidth: 3 }], [["\x1b[31mlong text\x1b[39m"]], { width: 5 })
  expect(Bun.stripANSI(line ?? "")).toBe("long…")
  expect(line).toEndWith("\x1b[39m")
})
