import { describe, expect, test } from "bun:test"
import { type Line, type Span, styleOf } from "@bot-bottle/view"
import { stretchesOf } from "./stretches.ts"

const ab = { text: "ab", role: "text" } as const
const red = { text: "cd", role: "bad" } as const
const gap = { text: "  ", role: "text" } as const

describe("as few stretches as the styles need, over the whole width", () => {
  // biome-ignore format: a table
  test.each([
    // spans                                   texts, and where each begins
    [[],                                       ["       |0"]],
    [[ab],                                     ["ab     |0"]],
    [[ab, gap, ab],                            ["ab  ab |0"]],
    [[ab, gap, red],                           ["ab|0", "  cd |2"]],
    [[gap, red, gap],                          ["  cd   |0"]],
    [[{ text: "猫", role: "text" }, gap, red], ["猫|0", "  cd |2"]],
    [[{ text: "猫　", role: "text" }, red],["猫　|0", "cd |4"]],
    [[ab, { ...ab, bold: true }],              ["ab|0", "ab   |2"]],
  ] as readonly (readonly [readonly Span[], readonly string[]])[])("%#", (spans, expected) => {
    const stretches = stretchesOf({ spans }, "dark", 7)
    expect(stretches.map(({ text, column }) => `${text}|${column}`)).toEqual([...expected])
  })
})

test("a line behind a dialog is one stretch in one grey", () => {
  const line: Line = { spans: [ab, gap, red], faded: true }
  expect(stretchesOf(line, "dark", 6)).toEqual([
    { text: "ab  cd", style: styleOf({ text: "", role: "dim" }, "dark"), column: 0 },
  ])
})
