import { expect, test } from "bun:test"
import { wrapText } from "./wrap-text.ts"

test.each([
  // line                                   width     lines
  ["short", 80, ["short"]],
  ["a pipe gets the line as it is", Infinity, ["a pipe gets the line as it is"]],
  ["hint: set a budget and resume the run", 22, ["hint: set a budget and", "  resume the run"]],
  [
    "hint: see 'bot-bottle policy check --help' for it",
    40,
    ["hint: see", "  'bot-bottle policy check --help' for", "  it"],
  ],
  ["    fix: sudo apt-get install", 22, ["    fix: sudo apt-get", "      install"]],
  ["/a/path/that/is/long", 12, ["/a/path/that", "  /is/long"]],
] as const)("wrapText: %j at %p columns breaks at words and hangs the rest", (line, width, lines) => {
  expect(wrapText(line, { width, hang: 2 })).toEqual([...lines])
})

test("wrapText: the first line is filled to the margin, however far the others hang", () => {
  expect(wrapText("  ok  name   one two three four", { width: 22, hang: 11 })).toEqual([
    "  ok  name   one two",
    "             three",
    "             four",
  ])
})

test.each([10, 20, 50, 80, 120])("wrapText: no line is wider than %p columns, and no word is lost", (width) => {
  const words = Array.from({ length: 60 }, (_, index) => "x".repeat(1 + (index % 17)))
  const lines = wrapText(`  ${words.join(" ")}`, { width, hang: 4 })
  for (const part of lines) expect(Bun.stringWidth(part)).toBeLessThanOrEqual(width)
  expect(lines.join("").replaceAll(" ", "")).toBe(words.join(""))
})

test("wrapText: a color continues over the break", () => {
  const lines = wrapText("\x1b[31mone two three four\x1b[39m", { width: 12, hang: 2 })
  expect(lines.map((part) => Bun.stripANSI(part))).toEqual(["one two", "  three four"])
  for (const part of lines) expect(part.trimStart()).toStartWith("\x1b[31m")
})
