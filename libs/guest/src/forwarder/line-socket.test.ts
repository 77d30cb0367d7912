import { describe, expect, test } from "bun:test"
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

describe.each(CHUNK_SIZES)("in chunks of %p bytes", (size) => {
  // biome-ignore format: a table
  test.each([
    // text                        read before a line is too long
    ["",                           []],
    ["\n",                         [""]],
    ["a\n\nb",                     ["a", ""]],
    ["größe €\n",                  ["größe €"]],
    ["12345678\nx\n",              ["12345678", "x"]],
    ["ok\n123456789abc\nlater\n",  ["ok", "too long"]],
    ["ok\n123456789abc",           ["ok", "too long"]],
    ["123456789",                  ["too long"]],
  ] as const)("createLineReader stops at a line that is too long: %j", (text, expected) => {
    const heard: string[] = []
    const reader = createLineReader({
      maxLength: 8,
      onLine: (line) => heard.push(line),
      onTooLong: () => heard.push("too long"),
    })
    for (const chunk of chunksOf(Buffer.from(text), size)) reader.read(chunk)
    reader.read(Buffer.from(text.includes("9") ? "more\n" : ""))
    expect(heard).toEqual([...expected])
  })
})
