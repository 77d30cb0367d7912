import { expect, test } from "bun:test"
import { CHUNK_SIZES, chunksOf } from "@bot-bottle/testkit"
import { createBoundedOutput } from "./bounded-output.ts"

const ACCENT = "\u0301"

test.each([
  // written                                    read
  ["plain 1234567 ☃ 漢 a\u0301", "plain 1234567 ☃ 漢 a\u0301"],
  ["\x1b[31;1mred\x1b[0m\x1b[?1049h\x1b[999;1H", "\x1b[31;1mred\x1b[0m\x1b[?1049h\x1b[999;1H"],
  ["a\x1b[2147483647b12345", "a\x1b[214b12345"],
  ["\u009b2147483647S", "\u009b214S"],
  ["\x1b[1;2147483647;3147483647r", "\x1b[1;214;314r"],
  ["\x1b[21\n47483647L99999", "\x1b[21\n4L99999"],
  ["\x1b[?1000000h", "\x1b[?10000h"],
  ["\x1b]0;123456\x07\x1b[1\x18123456", "\x1b]0;123456\x07\x1b[1\x18123456"],
  ["\x1b[1\x1b[22222A", "\x1b[1\x1b[222A"],
  ["\x1bc123456", "\x1bc123456"],
  [`a${ACCENT.repeat(40)}b${ACCENT}`, `a${ACCENT.repeat(16)}b${ACCENT}`],
  [`a${"\u{e0100}".repeat(40)}`, `a${"\u{e0100}".repeat(16)}`],
] as const)("what an emulator does is bounded, and all else as it was: %j", (written, read) => {
  for (const size of CHUNK_SIZES) {
    const bounded = createBoundedOutput()
    const got = chunksOf(Buffer.from(written), size).map((chunk) => bounded.read(chunk))
    expect(got.join("")).toBe(read)
  }
})
