import { expect, test } from "bun:test"
import * as contracts from "@bot-bottle/contracts/messages/guest-message"
import * as session from "@bot-bottle/contracts/messages/session"
import { parseMessage } from "@bot-bottle/contracts/messages/shapes/parse-message"
import { EXEC_CHUNK_BYTES, EXEC_WINDOW_BYTES } from "./forwarder/control-messages.ts"
import { SELF_TEST_CHECKS } from "./forwarder/self-test.ts"

const CHUNK = Buffer.alloc(EXEC_CHUNK_BYTES).toString("base64")

test("the values that the guest copies are those of libs/contracts", () => {
  expect<unknown>({ EXEC_CHUNK_BYTES, EXEC_WINDOW_BYTES, SELF_TEST_CHECKS }).toEqual({
    EXEC_CHUNK_BYTES: session.EXEC_CHUNK_BYTES,
    EXEC_WINDOW_BYTES: session.EXEC_WINDOW_BYTES,
    SELF_TEST_CHECKS: contracts.SELF_TEST_CHECKS,
  })
})

test.each([
  { kind: "started" },
  { kind: "exec-output", id: 1, stream: "stdout", data: "aGk=" },
  { kind: "exec-output", id: 1, stream: "stderr", data: CHUNK },
  { kind: "exec-room", id: 2, bytes: EXEC_WINDOW_BYTES },
  { kind: "exec-exit", id: 3, exitCode: 0 },
] as const)("INV-73: a message of the protocol is read: %j", (word) => {
  expect<unknown>(parse(JSON.stringify(word))).toEqual({ outcome: "parsed", message: word })
})

test.each([
  "",
  "up",
  "null",
  "[]",
  '"started"',
  "{",
  '{"kind":"started","exitCode":0}',
  '{"kind":"start"}',
  '{"kind":"exec-exit","id":1}',
  '{"kind":"exec-exit","id":1,"exitCode":256}',
  '{"kind":"exec-exit","id":1,"exitCode":-1}',
  '{"kind":"exec-exit","id":1.5,"exitCode":0}',
  '{"kind":"exec-exit","id":"1","exitCode":0}',
  '{"kind":"exec-exit","id":1,"exitCode":0,"slug":"x"}',
  `{"kind":"exec-room","id":1,"bytes":${EXEC_WINDOW_BYTES + 1}}`,
  '{"kind":"exec-room","id":1,"bytes":-1}',
  '{"kind":"exec-room","id":1,"bytes":0}',
  '{"kind":"exec-output","id":1,"stream":"stdin","data":"aGk="}',
  '{"kind":"exec-output","id":1,"stream":"stdout","data":""}',
  '{"kind":"exec-output","id":1,"stream":"stdout","data":"a"}',
  '{"kind":"exec-output","id":1,"stream":"stdout","data":"aGk=\\n"}',
  '{"kind":"exec-output","id":1,"stream":"stdout","data":{"length":4}}',
  `{"kind":"exec-output","id":1,"stream":"stdout","data":"${CHUNK}AAAA"}`,
])("INV-73: anything else is refused: %s", (line) => {
  expect(parse(line).outcome).toBe("invalid")
})

const FINDINGS = SELF_TEST_CHECKS.map((check) => ({ check, expected: "closed", seen: "closed", ok: true }))

test("INV-73: findings are read, and long texts in them cut", () => {
  const [first, ...others] = FINDINGS
  const findings = [{ ...first, seen: "x".repeat(1_000) }, ...others]
  expect<unknown>(parse(JSON.stringify({ kind: "self-test", findings }))).toEqual({
    outcome: "parsed",
    message: { kind: "self-test", findings: [{ ...first, seen: "x".repeat(100) }, ...others] },
  })
})

test.each([
  ["a check is missing", FINDINGS.slice(1)],
  ["a check is there twice", [...FINDINGS, ...FINDINGS.slice(0, 1)]],
  ["the order is another", FINDINGS.toReversed()],
  ["a check is unknown", [{ ...FINDINGS[0], check: "roof" }, ...FINDINGS.slice(1)]],
  ["a finding is not an object", ["ok", ...FINDINGS.slice(1)]],
  ["a verdict is missing", [{ check: "listed host", expected: "", seen: "" }, ...FINDINGS.slice(1)]],
] as const)("INV-73: findings are refused when %s", (_when, findings) => {
  expect(parse(JSON.stringify({ kind: "self-test", findings })).outcome).toBe("invalid")
})

function parse(line: string) {
  return parseMessage(contracts.guestMessageSchema, line, { maxLength: contracts.MAX_GUEST_MESSAGE })
}
