import { expect, test } from "bun:test"
import { readMessage } from "./testing/read-message.ts"
import { joinHead, lastChunk, writeChunk, writeHead } from "./write.ts"

test("what is written is what would be read", () => {
  const head = writeHead("POST /a HTTP/1.1", ["Host: a.example", "Transfer-Encoding: chunked"])
  const first = writeChunk(head, [Buffer.from("hel"), Buffer.from("lo")], undefined)
  const last = writeChunk("", [Buffer.from("!")], lastChunk("X-Sum: 6\r\n"))
  expect(readMessage(Buffer.concat([first, last]), "request")).toMatchObject({
    outcome: "message",
    body: Buffer.from("hello!"),
    trailers: "X-Sum: 6\r\n",
  })
})

test("nothing to write makes no chunk, which would end the body", () => {
  expect(writeChunk("", [Buffer.alloc(0)], undefined)).toEqual(Buffer.alloc(0))
})

test("a head and the bytes that follow it are one buffer", () => {
  expect(joinHead("A\xe9\r\n", Buffer.from("xbodyx"), 1, 5)).toEqual(Buffer.from("A\xe9\r\nbody", "latin1"))
})
