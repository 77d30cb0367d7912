import { expect, test } from "bun:test"
import { CHUNK_SIZES, chunksOf } from "@bot-bottle/testkit"
import { createLineReader, createLineWriter } from "./line-socket.ts"

test.each([1, 3, 64, 4096])("a socket that takes %d bytes at a time gets every line, in order", (size) => {
  let sent = ""
  const writer = createLineWriter((bytes) => {
    const taken = Math.min(size, bytes.byteLength)
    sent += Buffer.from(bytes.subarray(0, taken)).toString("latin1")
    return taken
  })
  writer.write("one")
  writer.write("a longer second line")
  writer.write("three")
  while (writer.waitingBytes > 0) writer.drain()
  expect(sent).toBe("one\na longer second line\nthree\n")
})

test("a closed socket drops what waits and what comes", () => {
  const writer = createLineWriter(() => -1)
  writer.write("one")
  writer.write("two")
  expect(writer.waitingBytes).toBe(0)
})

test.each(CHUNK_SIZES)("lines are the same whatever the chunks: %p", (size) => {
  const lines: string[] = []
  const reader = createLineReader({ maxLength: 100, onLine: (line) => lines.push(line), onTooLong: () => {} })
  for (const chunk of chunksOf(Buffer.from("one\nzwölf ☃\n\nlast\nunfinished"), size)) reader.read(chunk)
  expect(lines).toEqual(["one", "zwölf ☃", "", "last"])
})

test.each([["x".repeat(101)], [`${"x".repeat(101)}\nok\n`], [`ok\n${"x".repeat(101)}`]])(
  "a line without end is told once and ends the reading",
  (text) => {
    const heard: string[] = []
    const reader = createLineReader({
      maxLength: 100,
      onLine: (line) => heard.push(line),
      onTooLong: () => heard.push("too long"),
    })
    reader.read(Buffer.from(text))
    reader.read(Buffer.from("more\n"))
    expect(heard).toEqual(["too long"])
  },
)
