import { expect, test } from "bun:test"
import { CHUNK_SIZES, chunksOf } from "@bot-bottle/testkit"
import { createTopLevelReader } from "./top-level-fields.ts"

// biome-ignore format: a table
test.each([
  // body                                                       seen                          complete
  ['{"usage":{"a":1},"id":"x"}',                                [["usage", { a: 1 }], ["id", "x"]], true],
  ['\n { "id" : "x" , "usage" : { "a" : [1, {"b": 2}] } }\n',   [["id", "x"], ["usage", { a: [1, { b: 2 }] }]], true],
  ['{"content":[{"usage":{"a":9}}],"usage":{"a":1}}',           [["usage", { a: 1 }]],        true],
  ['{"text":"\\"usage\\":{\\"a\\":9}, }","usage":1}',            [["usage", 1]],               true],
  ['{"text":"usage","x":"id","usage":2}',                       [["usage", 2]],               true],
  ['{"text":"\\\\","usage":3}',                                  [["usage", 3]],               true],
  ['{"\\u0075sage":4}',                                         [["usage", 4]],               true],
  ['{"id":"名前 🗂️ }"}',                                        [["id", "名前 🗂️ }"]],        true],
  ['{"usage":1,"usage":2}',                                     [["usage", 1], ["usage", 2]], true],
  ['["usage",{"usage":1}]',                                     [],                           true],
  ['{"id":"x","usage":{"a":1',                                  [["id", "x"]],                false],
  ['<html>"usage": {',                                          [],                           false],
  ['',                                                          [],                           false],
] as const)("createTopLevelReader reads %s", (body, expected, complete) => {
  for (const size of CHUNK_SIZES) {
    const seen: unknown[] = []
    const reader = createTopLevelReader(new Set(["usage", "id"]), (key, value) => seen.push([key, value]))
    for (const chunk of chunksOf(body, size)) reader.push(chunk)
    expect({ seen, complete: reader.complete }).toEqual({ seen: expected as unknown as unknown[], complete })
  }
})

// biome-ignore format: a table
test.each([
  // body                                                                              seen
  ['{"type":"t","response":{"id":"x","usage":{"a":1}},"usage":2}',                     [["type", "t"], ["id", "x"], ["usage", { a: 1 }], ["usage", 2]]],
  ['{"response":{"output":[{"id":"y","response":{"id":"z"}}],"id":"x"},"type":"t"}',   [["id", "x"], ["type", "t"]]],
  ['{"other":{"id":"x"},"response":[{"id":"y"}],"type":"t"}',                          [["type", "t"]]],
  ['{"x":{"response":{"id":"x"}},"response":null,"type":"t"}',                         [["type", "t"]]],
  ['{"response":{},"type":"t","more":{"id":"x"}}',                                     [["type", "t"]]],
] as const)("createTopLevelReader reads %s within one object, too", (body, expected) => {
  for (const size of CHUNK_SIZES) {
    const seen: unknown[] = []
    const keys: string[] = []
    const reader = createTopLevelReader(
      new Set(["type", "usage", "id"]),
      (key, value) => seen.push([key, value]),
      (key) => keys.push(key),
      "response",
    )
    for (const chunk of chunksOf(body, size)) reader.push(chunk)
    expect({ seen, keys }).toEqual({ seen: expected as unknown as unknown[], keys: Object.keys(JSON.parse(body)) })
  }
})

test("a field's range is where its value stands in the whole body, in bytes", () => {
  const body = '{"名":"ü","usage": 12 ,"id":"x"}'
  for (const size of CHUNK_SIZES) {
    const found: string[] = []
    const reader = createTopLevelReader(new Set(["usage", "id"]), (_key, _value, { start, end }) =>
      found.push(Buffer.from(body).subarray(start, end).toString()),
    )
    for (const chunk of chunksOf(body, size)) reader.push(chunk)
    expect(found).toEqual([" 12 ", '"x"'])
  }
})
