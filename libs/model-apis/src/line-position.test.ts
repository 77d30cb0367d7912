import { expect, test } from "bun:test"
import { chunksOf } from "@bot-bottle/testkit"
import { createLinePosition } from "./line-position.ts"

// biome-ignore format: a table
test.each([
  ["",                 ""],
  ['{"a":1}\n',        ""],
  ['{"a":1}\r\n',      ""],
  ['{"a":1}\n{"b"',    "\n"],
  ['{"a":1}',          "\n"],
] as const)("after %j a line of our own is led in by %j", (text, interruption) => {
  for (const size of [1, 2, 7, 64, 1000]) {
    const position = createLinePosition()
    for (const chunk of [...chunksOf(text, size), new Uint8Array(0)]) position.push(Buffer.from(chunk))
    expect([position.interruption(), position.padding(-1), position.padding(3)]).toEqual([interruption, "", "   "])
  }
})
