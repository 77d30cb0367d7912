import { expect, test } from "bun:test"
import { CHUNK_SIZES, chunksOf } from "@bot-bottle/testkit"
import { createSseReader, type SseEvent } from "./sse-events.ts"

// biome-ignore format: a table
test.each([
  ["LF", "event: a\ndata: 1\n\n", [{ name: "a", data: "1" }]],
  ["CRLF", "event: a\r\ndata: 1\r\n\r\n", [{ name: "a", data: "1" }]],
  [
    "lone CR",
    "event: a\rdata: 1\r\rdata: 2\r\r",
    [
      { name: "a", data: "1" },
      { name: "", data: "2" },
    ],
  ],
  ["two data lines", "data: 1\ndata: 2\n\n", [{ name: "", data: "1\n2" }]],
  ["a byte order mark", "\ufeffdata: 1\n\n", [{ name: "", data: "1" }]],
  ["characters of up to four bytes", "data: naïve 名前 🗂️\n\n", [{ name: "", data: "naïve 名前 🗂️" }]],
  ["comment only", ": ping\n\n", []],
  ["no closing blank line", "data: 1\n", [{ name: "", data: "1" }]],
  ["no closing line end", 'event: a\ndata: {"a":1}', [{ name: "a", data: '{"a":1}' }]],
  ["an event whose JSON broke off", 'data: {"a":1}\n\ndata: {"a":"b', [{ name: "", data: '{"a":1}' }, 'torn: {"a":"b']],
] as const)("createSseReader reads %s in chunks of any size", (_name, text, expected) => {
  for (const size of CHUNK_SIZES) expect(eventsOf(text, size)).toEqual([...expected])
})

test.each([
  ["LF", "\n"],
  ["CRLF", "\r\n"],
  ["CR", "\r"],
])("createSseReader skips an event that is too large, to its end, and reads the next: %s", (_name, lineEnd) => {
  const lines = [`data: ${"x".repeat(90)}`, "data: tail", "data: tail", "", "event: b", "data: 2", "", ""]
  for (const size of [1, 2, 7, 64]) expect(eventsOf(lines.join(lineEnd), size, 20)).toEqual([{ name: "b", data: "2" }])
})

function eventsOf(text: string, size: number, maxEventChars?: number): readonly (SseEvent | string)[] {
  const seen: (SseEvent | string)[] = []
  const onEvent = (event: SseEvent) => void seen.push(event)
  const reader = createSseReader({ onEvent, onTorn: (data) => seen.push(`torn: ${data}`) }, maxEventChars)
  for (const chunk of chunksOf(text, size)) reader.push(chunk)
  reader.end()
  return seen
}
