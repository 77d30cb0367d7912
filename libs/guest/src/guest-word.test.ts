import { expect, test } from "bun:test"
import { EXEC_CHUNK_BYTES, EXEC_WINDOW_BYTES } from "./forwarder/control-messages.ts"
import { parseGuestWord } from "./guest-word.ts"

const CHUNK = Buffer.alloc(EXEC_CHUNK_BYTES).toString("base64")

test.each([
  { kind: "started" },
  { kind: "exec-output", id: 1, stream: "stdout", data: "aGk=" },
  { kind: "exec-output", id: 1, stream: "stderr", data: CHUNK },
  { kind: "exec-room", id: 2, bytes: EXEC_WINDOW_BYTES },
  { kind: "exec-exit", id: 3, exitCode: 0 },
] as const)("INV-73: a word that was agreed on is read: %j", (word) => {
  expect<unknown>(parseGuestWord(JSON.stringify(word))).toEqual(word)
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
])("INV-73: anything else is no word: %s", (line) => {
  expect(parseGuestWord(line)).toBeUndefined()
})
