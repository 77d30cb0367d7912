import { expect, test } from "bun:test"
import { readJson, type Shape } from "./read-json.ts"

// biome-ignore format: a table
test.each([
  // text                              shape                                       problem
  ['{"a":1,"b":"x"}',                  { a: "number" },                            undefined],
  ['[{"a":"x"},{"a":"y"}]',            [{ a: "string" }],                          undefined],
  ['[]',                               [{ a: "string" }],                          undefined],
  ['{"a":null}',                       { a: "string?", b: "list?" },               undefined],
  ['{"a":[1],"b":{},"c":true}',        { a: "list", b: "object", c: "boolean" },   undefined],
  ['{}',                               { a: "unknown" },                           undefined],
  ['{"a":null}',                       { a: "string" },                            'the JSON.a is not a string, in {"a":null}'],
  ['{"a":[1,"2"]}',                    { a: ["number"] },                          'the JSON.a[1] is not a number, in {"a":[1,"2"]}'],
  ['{"a":1}',                          { a: "string?" },                           'the JSON.a is not a string?, in {"a":1}'],
  ['[]',                               { a: "string" },                            "the JSON is not an object, in []"],
  ['{"a":[]}',                         { a: "object" },                            'the JSON.a is not a object, in {"a":[]}'],
  ["{",                                "object",                                   expect.stringMatching(/^JSON Parse error: .*, in \{$/)],
  ["",                                 "object",                                   expect.stringMatching(/^JSON Parse error: .*, in no text$/)],
] as const)("readJson(%j, %j): %p", (text, shape, problem) => {
  let thrown: string | undefined
  try {
    expect(readJson(text, shape as Shape) as unknown).toEqual(JSON.parse(text))
  } catch (error) {
    thrown = (error as Error).message
  }
  expect(thrown as unknown).toEqual(problem)
})
