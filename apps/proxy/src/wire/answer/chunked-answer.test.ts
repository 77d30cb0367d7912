import { describe, expect, test } from "bun:test"
import { Secret } from "@bot-bottle/contracts"
import { scrubberOf } from "@bot-bottle/egress"
import { BodyReader, CHUNKED } from "@bot-bottle/wire"
import type { InPlaceFilter } from "../body/body-filter.ts"
import { ChunkedAnswer, noteRange } from "./chunked-answer.ts"

const PIECES = [1, 2, 7, 64, 1 << 20] as const
const KEY = "sk-live-0123456789"
const eventsWith = (word: string) => [
  'data: {"n":1}\n\n',
  `data: ${word}\n\n`,
  `data: ${"x".repeat(100)}\n\n`,
  "data: [DONE]\n\n",
]
const PAYLOAD = eventsWith("sk-lively").join("")
const FRAMINGS = {
  "an event a chunk": (events: readonly string[]) => events.map(chunk).join(""),
  "a byte a chunk": (events: readonly string[]) => [...events.join("")].map(chunk).join(""),
  "one chunk": (events: readonly string[]) => chunk(events.join("")),
  "chunks with extensions": (events: readonly string[]) =>
    events.map((event) => chunk(event).replace("\r\n", ";a=b\r\n")).join(""),
} as const
const LAST = "0\r\n\r\n"

describe.each(Object.entries(FRAMINGS))("%s", (_name, frame) => {
  test("an answer that nothing changes arrives as the same payload, however it is read", () => {
    for (const size of PIECES) {
      const { sent } = passed(`${frame(eventsWith("sk-lively"))}${LAST}`, size, AS_IT_IS)
      expect(read(sent)).toEqual({ payload: PAYLOAD, trailers: "", isWhole: true })
    }
  })

  test("INV-55: ended after any read, it is a whole body with what was sent and the last words", () => {
    const framed = frame(eventsWith("sk-lively"))
    for (const size of PIECES)
      for (let reads = 0; reads * size < framed.length; reads++) {
        const { sent, looked } = passed(framed, size, AS_IT_IS, reads)
        const { payload, isWhole } = read(sent)
        const last = payload.slice(looked.length).trim()
        expect([isWhole, payload.slice(0, looked.length), last]).toEqual([true, looked, "GONE"])
      }
  })

  test("INV-11: the credential is taken out of it, ended or not, and no other byte changes", () => {
    const framed = frame(eventsWith(KEY))
    const scrubbed = eventsWith("*".repeat(KEY.length)).join("")
    for (const size of PIECES) {
      expect(read(passed(`${framed}${LAST}`, size, scrubbing()).sent).payload).toBe(scrubbed)
      for (let reads = 0; reads * size < framed.length; reads++) {
        const { sent, looked } = passed(framed, size, scrubbing(), reads)
        const { payload, isWhole } = read(sent)
        // Half of it was seen: that half is not the credential.
        const expected = looked.includes(KEY) ? scrubbed.slice(0, looked.length) : looked
        expect([isWhole, payload.slice(0, looked.length), payload.endsWith("GONE")]).toEqual([true, expected, true])
      }
    }
  })
})

test("an answer that nothing changes leaves byte for byte, read by read", () => {
  for (const [name, frame] of Object.entries(FRAMINGS)) {
    if (name === "chunks with extensions") continue
    const text = `${frame(eventsWith("sk-lively"))}${LAST}`
    expect(passed(text, 1 << 20, AS_IT_IS).writes).toEqual([`HEAD${text}`])
  }
})

test("after a size line that was torn, it continues in the upstream's own chunks", () => {
  const parts = ["5\r\nhel", "lo\r\n1", "0\r\n0123456789abcdef\r\n", "3\r\nend\r\n", LAST]
  expect(passedParts(parts, AS_IT_IS).writes).toEqual([
    "HEAD5\r\nhel",
    "lo\r\n",
    "10\r\n0123456789abcdef\r\n",
    "3\r\nend\r\n",
    LAST,
  ])
})

test("INV-11: a chunk's extension does not pass: nobody has looked for the credential in it", () => {
  for (const size of PIECES) {
    const { sent } = passed(`2\r\na \r\n5;k=${KEY}\r\nhello\r\n0;k="${KEY}"\r\n\r\n`, size, scrubbing())
    expect([sent.includes("k="), sent.includes(KEY), read(sent)]).toEqual([
      false,
      false,
      { payload: "a hello", trailers: "", isWhole: true },
    ])
  }
})

test("what a filter keeps back comes behind it, and then the upstream's own chunks again", () => {
  const parts = ["4\r\na sk\r\n", "5\r\nip. \n\r\n", "2\r\nok\r\n", LAST]
  expect(passedParts(parts, scrubbing()).writes).toEqual(["HEAD2\r\na \r\n", "7\r\nskip. \n\r\n", "2\r\nok\r\n", LAST])
})

test("trailers are what the filter makes of them", () => {
  const text = `5\r\nhello\r\n0\r\nX-Key: ${KEY}\r\nX-Sum: 1\r\n\r\n`
  for (const size of PIECES) {
    const { payload, trailers, isWhole } = read(passed(text, size, scrubbing()).sent)
    expect([payload, trailers, isWhole]).toEqual(["hello", "X-Sum: 1\r\n", true])
  }
})

// biome-ignore format: a table
test.each([
  // may be ended   a chunk of   leaves as it came, owing
  [true,            10_000,      9_900],
  [true,            1 << 20,     0],
  [false,           1 << 20,     (1 << 20) - 100],
] as const)("INV-55: an answer that may be ended (%p) owes no more of a chunk of %i bytes than an ending fills", (isEndable, size, owed) => {
  const { answer, sent } = passedParts([`${size.toString(16)}\r\n${"x".repeat(100)}`], AS_IT_IS, { isEndable })
  expect(read(sent).payload).toBe("x".repeat(100))
  let asked: number | undefined
  answer.endWith((minBytes) => {
    asked = minBytes
    return Buffer.alloc(minBytes)
  })
  expect(asked).toBe(owed)
})

test("a filter that loses bytes breaks the answer off: its last chunk would be read as payload", () => {
  let calls = 0
  const push: InPlaceFilter["push"] = (payload) => (calls++ === 0 ? payload : payload.subarray(1))
  const { answer, sent } = passedParts(["5\r\nhel", "lo\r\n0\r\n\r\n"], { ...AS_IT_IS, push })
  expect([answer.failure, read(sent).isWhole]).toEqual(["bytes of it were lost in the proxy", false])
})

const AS_IT_IS: InPlaceFilter = {
  push: (payload) => payload,
  end: (trailers) => ({ bytes: new Uint8Array(0), trailers }),
  written() {},
}

function scrubbing(): InPlaceFilter {
  const scrubber = scrubberOf(new Secret(KEY))!
  const stream = scrubber.openStream()
  return {
    push: (payload) => stream.push(payload),
    end: (trailers) => ({
      bytes: stream.end(),
      trailers: trailers
        .split("\r\n")
        .filter((line) => line !== "" && !scrubber.isIn([line]))
        .map((line) => `${line}\r\n`)
        .join(""),
    }),
    written() {},
  }
}

function chunk(text: string): string {
  return `${text.length.toString(16)}\r\n${text}\r\n`
}

/** Reads in pieces of `size`; ends it with words of ours after so many reads. */
function passed(text: string, size: number, filter: InPlaceFilter, endAfter?: number) {
  const parts: string[] = []
  for (let at = 0; at < text.length; at += size) parts.push(text.slice(at, at + size))
  return passedParts(parts, filter, { endAfter })
}

function passedParts(
  parts: readonly string[],
  filter: InPlaceFilter,
  { isEndable = true, endAfter }: { readonly isEndable?: boolean; readonly endAfter?: number | undefined } = {},
) {
  const writes: string[] = []
  const reader = new BodyReader()
  let looked = ""
  const answer = new ChunkedAnswer("HEAD", {
    filter: {
      ...filter,
      push(payload) {
        looked += Buffer.from(payload).toString("latin1")
        return filter.push(payload)
      },
    },
    reader,
    out: {
      write(bytes) {
        if (bytes.length > 0) writes.push(Buffer.from(bytes).toString("latin1"))
      },
    },
    isEndable,
  })
  reader.start(CHUNKED, noteRange)
  answer.relay(Buffer.from("xx"), 2)
  for (const part of parts.slice(0, endAfter)) answer.relay(Buffer.from(part, "latin1"), 0)
  if (endAfter !== undefined)
    answer.endWith((minBytes) => {
      const held = filter.end("").bytes
      return Buffer.concat([held, Buffer.from("GONE".padStart(minBytes - held.length))])
    })
  if (writes[0] === "HEAD" && writes.length > 1) writes.splice(0, 2, `HEAD${writes[1]}`)
  return { sent: writes.join("").slice("HEAD".length), writes, looked, answer }
}

/** As the agent's HTTP parser reads it. */
function read(text: string) {
  const reader = new BodyReader()
  const parts: Buffer[] = []
  reader.start(CHUNKED, (bytes, from, to) => parts.push(bytes.subarray(from, to)))
  const used = reader.read(Buffer.from(text, "latin1"), 0)
  return {
    payload: Buffer.concat(parts).toString("latin1"),
    trailers: reader.trailers,
    isWhole: reader.done && used === text.length,
  }
}
