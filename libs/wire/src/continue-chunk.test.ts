import { expect, test } from "bun:test"
import { BodyReader } from "./body-reader.ts"
import { continueChunk, mayEndAfter } from "./continue-chunk.ts"
import { CHUNKED } from "./framing.ts"
import { LAST_CHUNK } from "./write.ts"

const SENT = "5;a=b\r\nhello\r\n10\r\n, world of bytes\r\n0\r\n\r\n"

// biome-ignore format: a table
test.each([
  // ours             places where it can continue: not in a size line, not where more is owed
  ["",                7],
  ["!",               9],
  ["and more",       20],
  ["x".repeat(64),   28],
] as const)("wherever a chunked body is left, what continues it is read as one body: %j", (ours, places) => {
  const continued = [...SENT].map((_, at) => continueAfter(at, ours))
  expect(continued.filter((payload) => payload !== "cannot").length).toBe(places)
  for (const [at, payload] of continued.entries())
    if (payload !== "cannot") expect(payload).toBe(`${payloadIn(SENT.slice(0, at))}${ours}`)
})

test("a chunk that is owed more than there is is filled over several writes", () => {
  expect([mayEndAfter(6, 3), mayEndAfter(6, 4)]).toEqual([false, true])
  const begun = continueChunk(6, "", [Buffer.from("ab")], undefined)
  expect([begun.bytes.toString(), begun.owed]).toEqual(["ab", 4])
  const ended = continueChunk(begun.owed, "", [Buffer.from("cd"), Buffer.from("ef")], LAST_CHUNK)
  expect([ended.bytes.toString(), ended.owed]).toEqual(["cd\r\n2\r\nef\r\n0\r\n\r\n", 0])
})

/** The payload that a reader finds, given the first bytes as they came and the rest in chunks of ours. */
function continueAfter(at: number, ours: string): string {
  const sent = Buffer.from(SENT.slice(0, at))
  const reader = new BodyReader()
  reader.start(CHUNKED, undefined)
  reader.read(sent, 0)
  const { owed } = reader
  if (owed === undefined || !mayEndAfter(owed, ours.length)) return "cannot"
  return payloadIn(`${sent}${continueChunk(owed, "", [Buffer.from(ours)], LAST_CHUNK).bytes}`, true)
}

function payloadIn(text: string, isWhole = false): string {
  const reader = new BodyReader()
  const parts: Buffer[] = []
  reader.start(CHUNKED, (bytes, from, to) => parts.push(bytes.subarray(from, to)))
  const used = reader.read(Buffer.from(text), 0)
  if (isWhole) expect([used, reader.done, reader.failure]).toEqual([text.length, true, undefined])
  return Buffer.concat(parts).toString()
}
