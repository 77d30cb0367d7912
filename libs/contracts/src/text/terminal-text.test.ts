import { expect, test } from "bun:test"
import { isUnsafeCharacter, sanitizeLine, sanitizeText, showHidden } from "./terminal-text.ts"

// biome-ignore format: a table
const CASES = [
  // text                         marked                          kept                              shown by number
  ["plain — ü 日本 👍",           "plain — ü 日本 👍",            "plain — ü 日本 👍",              "plain — ü 日本 👍"],
  ["a\tb",                        "a�b",                          "a\tb",                           "a\tb"],
  ["two\nlines",                  "two�lines",                    "two\nlines",                     "two<0A>lines"],
  ["crlf\r",                      "crlf�",                        "crlf�",                          "crlf<0D>"],
  ["\x1b[2J\x1b]0;title\x07",     "�[2J�]0;title�",               "�[2J�]0;title�",                 "<1B>[2J<1B>]0;title<07>"],
  ["\x9b31m",                     "�31m",                         "�31m",                           "<9B>31m"],
  ["if (a\u202e // b\u2066)",     "if (a� // b�)",                "if (a� // b�)",                  "if (a<202E> // b<2066>)"],
  ["zero\u200bwidth\ufeff",       "zero�width�",                  "zero�width�",                    "zero<200B>width<FEFF>"],
  ["tag\u{e0041}",                "tag�",                         "tag�",                           "tag<E0041>"],
  ["\u2028\0",                    "��",                           "��",                             "<2028><00>"],
] as const

test.each(CASES)("a terminal obeys nothing of %j, and a reader sees what was there", (text, marked, kept, shown) => {
  expect(sanitizeLine(text)).toBe(marked)
  expect(sanitizeText(text)).toBe(kept)
  expect(showHidden(text)).toBe(shown)
})

test.each([
  ["a", false],
  ["☃", false],
  ["\u200d", false],
  ["\u200b", true],
  ["\x1b", true],
  ["\x85", true],
  ["\u202e", true],
] as const)("isUnsafeCharacter: %j is %p", (char, expected) => {
  expect(isUnsafeCharacter(char)).toBe(expected)
})
