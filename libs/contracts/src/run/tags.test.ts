import { expect, test } from "bun:test"
import { parseTags } from "./tags.ts"

test("tags are read as given, also with '=' in a value", () => {
  expect(parseTags(["issue=123", "query=a=b", "pr=octo/shop#7"])).toEqual({
    issue: "123",
    query: "a=b",
    pr: "octo/shop#7",
  })
  expect(parseTags([])).toEqual({})
})

// biome-ignore format: a table
test.each([
  ["issue",               "has no value"],
  ["issue=",              "must be printable"],
  ["Issue=1",             "not a valid name"],
  ["=1",                  "not a valid name"],
  ["__proto__=1",         "not a valid name"],
  [`a${"b".repeat(32)}=1`, "not a valid name"],
  ["issue=\u001b[31m",    "must be printable"],
  ["issue=a\nb",          "must be printable"],
  ["issue= 1",            "must be printable"],
  [`issue=${"x".repeat(201)}`, "must be printable"],
] as const)("--tag %p is refused: it %s", (text, why) => {
  expect(() => parseTags([text])).toThrow(why)
})

test("a name given twice, and too many, are refused", () => {
  expect(() => parseTags(["a=1", "a=2"])).toThrow("given twice")
  expect(() => parseTags(Array.from({ length: 17 }, (_, index) => `t${index}=1`))).toThrow("at most 16")
})
