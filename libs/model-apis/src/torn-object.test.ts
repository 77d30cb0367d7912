import { expect, test } from "bun:test"
import { parseTornObject } from "./torn-object.ts"

const TEXT = '{"a":{"b":["x\\"y\\\\","\\u00fcz"]},"c":"d"}'

// biome-ignore format: a table
test.each([
  // broken off                          is read as
  ['{"a":"hel',                          { a: "hel" }],
  ['{"a":"hel\\',                         { a: "hel" }],
  ['{"a":"hel\\\\',                       { a: "hel\\" }],
  ['{"a":"hel\\"',                        { a: 'hel"' }],
  ['{"a":"hel\\u00',                      { a: "hel" }],
  ['{"a":"hel\\u00fc',                    { a: "hel\u00fc" }],
  ['{"a":[{"b":"{[',                     { a: [{ b: "{[" }] }],
  ['{"a":"b"',                           { a: "b" }],
  ['{"a":"b","c',                        undefined],
  ['{"a":"b","c":',                      undefined],
  ["[1",                                 undefined],
  ["",                                   undefined],
] as const)("%s is read as far as it came", (text, expected) => {
  expect(parseTornObject(text)).toEqual(expected as never)
})

test("a text that broke off anywhere is read as a beginning of it, or not at all", () => {
  for (let length = 0; length <= TEXT.length; length++) {
    const read = parseTornObject(TEXT.slice(0, length))
    if (read === undefined) continue
    expect(TEXT.replaceAll(/[\]}]/g, "")).toStartWith(
      JSON.stringify(read)
        .replace(/(?:"?[\]}])*$/, "")
        .replaceAll(/[\]}]/g, "")
        .replaceAll("\u00fc", "\\u00fc"),
    )
  }
})
