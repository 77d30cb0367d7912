import { expect, test } from "bun:test"
import { CHUNK_SIZES, chunksOf } from "@bot-bottle/testkit"
import { createSafeText } from "./safe-text.ts"

// biome-ignore format: a table
const CASES = [
  // written                                        shown
  ["plain\ttext ☃\n",                               "plain\ttext ☃\n"],
  ["\x1b[31mred\x1b[0m and \x1b[1;38;5;9mmore",     "red and more"],
  ["\x1b]0;title\x07after",                         "after"],
  ["\x1b]8;;https://evil\x1b\\link\x1b]8;;\x1b\\",  "link"],
  ["\x1bP+q544e\x1b\\after \x1b_app\x1b\\x",        "after x"],
  ["\x1b]52;c;aGk=\x07clip",                        "clip"],
  ["\x1b7\x1b(B\x1b=a\x1bcb",                       "ab"],
  ["dos\r\nunix\nover\rwritten\n",                  "dos\nunix\nover\nwritten\n"],
  ["bell\x07 back\b\x7f nul\0",                     "bell� back�� nul�"],
  ["c1 \u009b31m csi \u0090x",                      "c1 �31m csi �x"],
  ["bidi \u202etxt\u2066x",                         "bidi �txt�x"],
  ["cut \x1b[31\nnext",                             "cut \nnext"],
  [`\x1b]0;${"x".repeat(5000)}end`,                 `${"x".repeat(905)}end`],
  ["open \x1b[",                                    "open "],
] as const

test.each(CASES)("%j is shown as %j, whatever the chunks", (written, shown) => {
  for (const size of CHUNK_SIZES) {
    const safe = createSafeText()
    let seen = ""
    for (const chunk of chunksOf(Buffer.from(written), size)) seen += safe.push(chunk)
    expect(seen + safe.end()).toBe(shown)
  }
})
