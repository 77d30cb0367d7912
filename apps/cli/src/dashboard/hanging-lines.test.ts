import { expect, test } from "bun:test"
import { hangingLines } from "./hanging-lines.ts"

const HASH = "0123456789abcdef".repeat(4)

// biome-ignore format: a table
test.each([
  // columns  lines of a hash
  [120, [`policy            ${HASH}`]],
  [58,  [`policy            ${HASH.slice(0, 40)}`, `                  ${HASH.slice(40)}`]],
  [1,   [`policy            ${HASH.slice(0, 20)}`, `                  ${HASH.slice(20, 40)}`, `                  ${HASH.slice(40, 60)}`, `                  ${HASH.slice(60)}`]],
] as const)("in %p columns a long value is whole", (columns, lines) => {
  expect(hangingLines([["policy", HASH]], columns)).toEqual(lines)
})

test("a fact that is not known has no line", () => {
  expect(
    hangingLines(
      [
        ["frozen", undefined],
        ["mode", "headless"],
        ["folder", ""],
      ],
      80,
    ),
  ).toEqual(["mode              headless"])
})
