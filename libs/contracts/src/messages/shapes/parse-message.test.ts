import { describe, expect, test } from "bun:test"
import * as v from "valibot"
import { boundedText, listOf, wholeNumber } from "./bounds.ts"
import { checkMessage, parseGreeting, parseMessage } from "./parse-message.ts"

const SECRET = "sk-ant-not-to-be-shown"

const INPUT = v.variant("kind", [
  v.object({ kind: v.literal("input"), data: boundedText(8) }),
  v.object({ kind: v.literal("resize"), size: v.object({ columns: wholeNumber(1, 500) }) }),
  v.strictObject({ kind: v.literal("exec"), argv: listOf(boundedText(40), 2), tty: v.exactOptional(v.boolean()) }),
])

// biome-ignore format: a table
test.each([
  // text                                                   problem
  ["",                                                         "it is not valid JSON"],
  ["{",                                                        "it is not valid JSON"],
  [`{"kind":"${SECRET}`,                                       "it is not valid JSON"],
  ["5",                                                        "it is invalid: expected Object"],
  ["null",                                                     "it is invalid: expected Object"],
  ["[]",                                                       "'kind' is missing"],
  [`{"kind":"${SECRET}"}`,                                     `'kind' is invalid: expected ("input" | "resize" | "exec")`],
  ['{"kind":"input"}',                                         "'data' is missing"],
  ['{"kind":"input","data":5}',                                "'data' is invalid: expected string"],
  [`{"kind":"input","data":"${SECRET}"}`,                      "'data' is invalid: expected <=8"],
  ['{"kind":"resize","size":{"columns":1000000000}}',          "'size.columns' is invalid: expected <=500"],
  ['{"kind":"resize","size":{"columns":0}}',                   "'size.columns' is invalid: expected >=1"],
  ['{"kind":"resize","size":{"columns":1.5}}',                 "'size.columns' is invalid: expected safe integer"],
  ['{"kind":"resize","size":{"columns":"80"}}',                "'size.columns' is invalid: expected number"],
  ['{"kind":"exec","argv":["a","b","c"]}',                     "'argv' is invalid: expected <=2"],
  ['{"kind":"exec","argv":["a",null]}',                        "'argv.1' is invalid: expected string"],
  ['{"kind":"exec","argv":[],"more":1}',                       "'more' is not a known field"],
  ['{"kind":"exec","argv":[],"\\u001b[2J":1}',                 "'…' is not a known field"],
  ['{"kind":"exec","argv":[],"__proto__":{"tty":true}}',       "'__proto__' is not a known field"],
] as const)("parseMessage names the field and the rule, never the value: %s", (text, problem) => {
  expect(parse(text)).toMatchObject({ outcome: "invalid", problem })
  expect(JSON.stringify(parse(text))).not.toContain(SECRET)
})

test("parseMessage reads nothing of a text that is longer than its limit", () => {
  expect(parseMessage(INPUT, `{"kind":"input","data":"1"}${" ".repeat(100)}`, { maxLength: 100 })).toEqual({
    outcome: "invalid",
    reason: "too-long",
    problem: "it is longer than 100 characters",
  })
})

test("parseMessage returns the message, without fields that the schema does not name", () => {
  expect(parse('{"kind":"input","data":"abc","newer":1}')).toEqual({
    outcome: "parsed",
    message: { kind: "input", data: "abc" },
  })
})

test("parseMessage stays cheap for a list of a million wrong entries", () => {
  const text = `{"kind":"exec","argv":[${"1,".repeat(1_000_000)}1]}`
  expect(parseMessage(INPUT, text, { maxLength: 4_000_000 })).toMatchObject({
    problem: "'argv' is invalid: expected <=2",
  })
})

describe("parseGreeting", () => {
  const HELLO = v.object({ protocol: v.number(), kind: v.literal("attach") })
  test.each([
    // text                                  reason             problem
    ['{"kind":"attach"}', "other-protocol", "it names no protocol version; this build of bot-bottle uses version 3"],
    [
      '{"protocol":2,"kind":"attach"}',
      "other-protocol",
      "it uses protocol version 2; this build of bot-bottle uses version 3",
    ],
    [
      '{"protocol":4,"kind":"unheard-of"}',
      "other-protocol",
      "it uses protocol version 4; this build of bot-bottle uses version 3",
    ],
    ['{"protocol":"3","kind":"attach"}', "wrong-shape", "'protocol' is invalid: expected number"],
    ['{"protocol":3,"kind":"unheard-of"}', "wrong-shape", `'kind' is invalid: expected "attach"`],
  ] as const)("names both versions before it looks at the shape: %s", (text, reason, problem) => {
    expect(parseGreeting(HELLO, text, { maxLength: 100, protocol: 3 })).toEqual({ outcome: "invalid", reason, problem })
  })

  test("accepts its own version", () => {
    expect(parseGreeting(HELLO, '{"protocol":3,"kind":"attach"}', { maxLength: 100, protocol: 3 })).toEqual({
      outcome: "parsed",
      message: { protocol: 3, kind: "attach" },
    })
  })
})

test("checkMessage judges a value that is parsed already", () => {
  expect(checkMessage(INPUT, { kind: "input", data: "abc" })).toMatchObject({ outcome: "parsed" })
  expect(checkMessage(INPUT, undefined)).toMatchObject({
    outcome: "invalid",
    problem: "it is invalid: expected Object",
  })
})

function parse(text: string) {
  return parseMessage(INPUT, text, { maxLength: 200 })
}
