import { expect, test } from "bun:test"
import { parseGuestEvent } from "./guest-events.ts"

test.each([
  ['{"kind":"text","text":"hi"}', { kind: "text", text: "hi" }],
  ['{"kind":"streamed"}', { kind: "streamed" }],
  ['{"kind":"answer","status":200,"body":""}', { kind: "answer", status: 200, body: "" }],
] as const)("parseGuestEvent: %s", (line, event) => {
  expect(parseGuestEvent(line)).toEqual(event)
})

test.each([
  "",
  "null",
  "[]",
  "{}",
  "not json",
  '{"kind":"toString"}',
  '{"kind":"text"}',
  '{"kind":"answer","status":"200","body":""}',
])("parseGuestEvent: a stranger's line %j is nothing", (line) => {
  expect(parseGuestEvent(line)).toBeUndefined()
})
