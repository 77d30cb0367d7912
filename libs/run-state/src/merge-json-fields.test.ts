import { expect, test } from "bun:test"
import { mergeJsonFields } from "./merge-json-fields.ts"

// biome-ignore format: a table
test.each([
  // theirs                          ours                      merged
  ['{}',                             '{"a": 1}',               { a: 1 }],
  ['{"b": 2}',                       '{"a": 1}',               { a: 1, b: 2 }],
  ['{"a": 2}',                       '{"a": 1}',               { a: 1 }],
  ['{"p": {"x": {"k": 1}, "y": 2}}', '{"p": {"x": {"t": 3}}}', { p: { x: { k: 1, t: 3 }, y: 2 } }],
  ['{"l": [1, 2]}',                  '{"l": [3]}',             { l: [3] }],
  ['{"p": 5}',                       '{"p": {"x": 1}}',        { p: { x: 1 } }],
  ['{"p": {"x": 1}}',                '{"p": 5}',               { p: 5 }],
  ['[1]',                            '{"a": 1}',               { a: 1 }],
  ['null',                           '{"a": 1}',               { a: 1 }],
  ['{"a": ',                         '{"a": 1}',               { a: 1 }],
] as const)("%s under %s", (theirs, ours, merged) => {
  expect(JSON.parse(mergeJsonFields(theirs, ours))).toEqual(merged)
})

test("a field named like an object's own workings is a field and nothing else", () => {
  const merged = mergeJsonFields('{"__proto__": {"polluted": 1}, "constructor": 2}', '{"toString": {"a": 1}}')
  expect(JSON.parse(merged)).toEqual(
    JSON.parse('{"__proto__": {"polluted": 1}, "constructor": 2, "toString": {"a": 1}}'),
  )
  expect(({} as Record<string, unknown>)["polluted"]).toBeUndefined()
})
