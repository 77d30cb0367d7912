import { expect, test } from "bun:test"
import { BodyReader } from "./body-reader.ts"
import { ChunkWriter } from "./chunk-writer.ts"
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
  const writer = new ChunkWriter()
  writer.owed = 6
  expect([writer.canEndAfter(3), writer.canEndAfter(4)]).toEqual([false, true])
  expect([writer.write("", [Buffer.from("ab")], undefined).toString(), writer.owed]).toEqual(["ab", 4])
  expect(writer.write("", [Buffer.from("cd"), Buffer.from("ef")], LAST_CHUNK).toString()).toBe(
    "cd\r\n2\r\nef\r\n0\r\n\r\n",
  )
})

/** The payload that a reader finds, given the first bytes as they came and the rest in chunks of ours. */
function continueAfter(at: number, ours: string): string {
  const sent = Buffer.from(SENT.slice(0, at))
  const reader = new BodyReader()
  reader.start(CHUNKED, undefined)
  reader.read(sent, 0)
  const writer = new ChunkWriter()
  const { owed } = reader
  if (owed === undefined) return "cannot"
  writer.owed = owed
  if (!writer.canEndAfter(ours.length)) return "cannot"
  return payloadIn(`${sent}${writer.write("", [Buffer.from(ours)], LAST_CHUNK)}`, true)
}

function payloadIn(text: string, isWhole = false): string {
  const reader = new BodyReader()
  const parts: Buffer[] = []
  reader.start(CHUNKED, (bytes, from, to) => parts.push(bytes.subarray(from, to)))
  const used = reader.read(Buffer.from(text), 0)
  if (isWhole) expect([used, reader.done, reader.failure]).toEqual([text.length, true, undefined])
  return Buffer.concat(parts).toString()
}
