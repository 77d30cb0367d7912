import { expect, test } from "bun:test"
import { quoteCommand } from "./quote-command.ts"

test.each([
  [["start", "--prompt", "it's 2"], "start --prompt 'it'\\''s 2'"],
  [["a/b.c", "--x=1,2", "", "$(id)"], "a/b.c --x=1,2 '' '$(id)'"],
  [["rm", "/home/my name/~x"], "rm '/home/my name/~x'"],
])("%j is written as %s, and read back", (words, text) => {
  expect(quoteCommand(words)).toBe(text)
  expect(
    Bun.spawnSync(["sh", "-c", `printf '%s\\0' ${text}`])
      .stdout.toString()
      .split("\0")
      .slice(0, -1),
  ).toEqual(words)
})
