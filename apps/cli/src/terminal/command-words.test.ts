import { expect, test } from "bun:test"
import { parseCommandWords, quoteCommand } from "./command-words.ts"

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

test.each([
  [["start", "--prompt", "it's 2"], "start --prompt 'it'\\''s 2'"],
  [["a/b.c", "--x=1,2", "", "$(id)"], "a/b.c --x=1,2 '' '$(id)'"],
])("%j is written as %s, and read back", (words, text) => {
  expect(quoteCommand(words)).toBe(text)
  expect(
    Bun.spawnSync(["sh", "-c", `printf '%s\\0' ${text}`])
      .stdout.toString()
      .split("\0")
      .slice(0, -1),
  ).toEqual(words)
})
