import { expect, test } from "bun:test"
import { CHUNK_SIZES, chunksOf } from "@bot-bottle/testkit"
import { createFieldReader } from "./json-fields.ts"

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
] as const)("createFieldReader reads %s", (body, expected, complete) => {
  for (const size of CHUNK_SIZES) {
    const seen: unknown[] = []
    const reader = createFieldReader(new Set(["usage", "id"]), (key, value) => seen.push([key, value]))
    for (const chunk of chunksOf(body, size)) reader.push(chunk)
    expect({ seen, complete: reader.complete }).toEqual({ seen: expected as unknown as unknown[], complete })
  }
})

// biome-ignore format: a table
test.each([
  // body                                                                                       seen
  ['{"type":"t","response":{"id":"x","usage":{"a":1}},"usage":2}',                             [["type", "t"], ["response.id", "x"], ["response.usage", { a: 1 }], ["usage", 2]]],
  ['{"response":{"output":[{"id":"y","response":{"id":"z"}}],"id":"x"},"type":"t"}',           [["response.id", "x"], ["type", "t"]]],
  ['{"other":{"id":"x"},"response":[{"id":"y"}],"type":"t"}',                                  [["type", "t"]]],
  ['{"x":{"response":{"id":"x"}},"response":null,"type":"t"}',                                 [["type", "t"]]],
  ['{"response":{},"type":"t","more":{"id":"x"}}',                                             [["type", "t"]]],
  ['{"choices":[{"usage":1,"message":{"usage":2,"content":[{"usage":3}]}},[{"usage":4}],{"usage":5}]}', [["choices[].usage", 1], ["choices[].message.usage", 2], ["choices[].usage", 5]]],
  ['{"choices":{"usage":1},"message":{"usage":2}}',                                            []],
  ['{"choices":["usage",{"x":[1,{"usage":1}],"usage":2}],"usage":{"usage":9}}',                [["choices[].usage", 2], ["usage", { usage: 9 }]]],
  ['{"choices[].usage":1,"response.usage":2}',                                                 []],
] as const)("createFieldReader reads %s by path", (body, expected) => {
  for (const size of CHUNK_SIZES) {
    const seen: unknown[] = []
    const keys: string[] = []
    const reader = createFieldReader(
      new Set(["type", "usage", "response.usage", "response.id", "choices[].usage", "choices[].message.usage"]),
      (path, value) => seen.push([path, value]),
      (key) => keys.push(key),
    )
    for (const chunk of chunksOf(body, size)) reader.push(chunk)
    expect({ seen, keys }).toEqual({ seen: expected as unknown as unknown[], keys: Object.keys(JSON.parse(body)) })
  }
})

test("x_* is every name of the outermost object that begins so, and no name of its own", () => {
  const body =
    '{"x_a":{"usage":1},"x_b":{"y":{"usage":2},"usage":3},"z":{"x_c":{"usage":4}},"x_*":{"usage":5},"x_d":[{"usage":6}]}'
  for (const size of CHUNK_SIZES) {
    const seen: unknown[] = []
    const reader = createFieldReader(new Set(["x_*.usage"]), (path, value) => seen.push([path, value]))
    for (const chunk of chunksOf(body, size)) reader.push(chunk)
    expect(seen).toEqual([
      ["x_*.usage", 1],
      ["x_*.usage", 3],
    ])
  }
})

test("a field's range is where its value stands in the whole body, in bytes", () => {
  const body = '{"名":"ü","usage": 12 ,"id":"x"}'
  for (const size of CHUNK_SIZES) {
    const found: string[] = []
    const reader = createFieldReader(new Set(["usage", "id"]), (_key, _value, { start, end }) =>
      found.push(Buffer.from(body).subarray(start, end).toString()),
    )
    for (const chunk of chunksOf(body, size)) reader.push(chunk)
    expect(found).toEqual([" 12 ", '"x"'])
  }
})
