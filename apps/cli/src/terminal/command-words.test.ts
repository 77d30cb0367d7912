import { expect, test } from "bun:test"
import { parseCommandWords } from "./command-words.ts"

test.each([
  ["", []],
  ["  vi ", ["vi"]],
  ["code --wait", ["code", "--wait"]],
  ["'/opt/my editor/bin' -n", ["/opt/my editor/bin", "-n"]],
  ['"a\\"b" c\\ d', ['a"b', "c d"]],
  ["'a\\b' ''", ["a\\b", ""]],
  ["$(id) ; `x` | y", ["$(id)", ";", "`x`", "|", "y"]],
])("%j is %j", (text, words) => {
  expect(parseCommandWords(text)).toEqual({ outcome: "words", words })
})

test.each(["vi '", 'vi "x', "vi \\"])("%j is not a command line", (text) => {
  expect(parseCommandWords(text).outcome).toBe("problem")
})
