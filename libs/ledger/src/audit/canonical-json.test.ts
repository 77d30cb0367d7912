import { expect, test } from "bun:test"
import { canonicalJson } from "./canonical-json.ts"

// biome-ignore format: a table
test.each([
  [{ b: 1, a: 2 },                        '{"a":2,"b":1}'],
  [{ b: { d: 1, c: [{ f: 1, e: 2 }] } },  '{"b":{"c":[{"e":2,"f":1}],"d":1}}'],
  [[3, 1, 2],                             "[3,1,2]"],
  [{ 10: "a", 9: "b" },                   '{"9":"b","10":"a"}'],
  [{ a: undefined, b: null },             '{"b":null}'],
  [{ ä: "\ud800", "\u2028": 1 },          '{"ä":"\\ud800","\u2028":1}'],
  [JSON.parse('{"__proto__": {"a": 1}}'), '{"__proto__":{"a":1}}'],
  [1.0,                                   "1"],
  [undefined,                             "null"],
] as const)("%p is spelled %s", (value, text) => {
  expect(canonicalJson(value)).toBe(text)
})

test("equal values are spelled equally, whatever the order of their keys", () => {
  expect(canonicalJson({ a: [{ x: 1, y: 2 }], b: 1 })).toBe(canonicalJson({ b: 1, a: [{ y: 2, x: 1 }] }))
})
