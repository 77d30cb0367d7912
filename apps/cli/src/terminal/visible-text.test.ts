import { expect, test } from "bun:test"
import { visible } from "./visible-text.ts"

// biome-ignore format: a table
test.each([
  // text                         shown
  ["plain\ttext — ü 日本 👍",     "plain\ttext — ü 日本 👍"],
  ["\x1b[2J\x1b]0;title\x07",     "<1B>[2J<1B>]0;title<07>"],
  ["crlf\r",                      "crlf<0D>"],
  ["two\nlines",                  "two<0A>lines"],
  ["\x9b31m",                     "<9B>31m"],
  ["if (a\u202e // b\u2066)",     "if (a<202E> // b<2066>)"],
  ["zero\u200bwidth\ufeff",       "zero<200B>width<FEFF>"],
  ["tag\u{e0041}",                "tag<E0041>"],
  ["\0",                          "<00>"],
])("what a terminal would obey or a reader would not see is shown by its number: %j", (text, shown) => {
  expect(visible(text)).toBe(shown)
})
