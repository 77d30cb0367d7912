import { expect, test } from "bun:test"
import { createAnswerReader, type SmallAnswer } from "./answer-reader.ts"

const JSON_BODY = '{"access_token":"…"}'
const LENGTH = Buffer.byteLength(JSON_BODY)
const CHUNKED = `5\r\n{"acc\r\n${(LENGTH - 5).toString(16)}\r\n${Buffer.from(JSON_BODY).subarray(5).toString("latin1")}\r\n0\r\n\r\n`

// biome-ignore format: a table
test.each([
  // what                      bytes                                                                                  read
  ["a length",                 `HTTP/1.1 200 OK\r\ncontent-length: ${LENGTH}\r\n\r\n${latin(JSON_BODY)}`,              { status: 200, body: JSON_BODY }],
  ["chunks",                   `HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n${CHUNKED}`,                      { status: 200, body: JSON_BODY }],
  ["the connection's end",     `HTTP/1.1 400 Bad Request\r\n\r\n${latin(JSON_BODY)}`,                                  { status: 400, body: JSON_BODY }],
  ["an interim answer first",  `HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 401 No\r\ncontent-length: 0\r\n\r\n`,            { status: 401, body: "" }],
  ["a body cut short",         `HTTP/1.1 200 OK\r\ncontent-length: 99\r\n\r\n${latin(JSON_BODY)}`,                     undefined],
  ["nothing",                  "",                                                                                     undefined],
  ["another protocol",         "SSH-2.0-OpenSSH\r\n\r\n",                                                              "broken"],
  ["two lengths",              "HTTP/1.1 200 OK\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\nab",                  "broken"],
  ["more than anybody sends",  `HTTP/1.1 200 OK\r\n\r\n${"x".repeat(70_000)}`,                                         "broken"],
] as const)("%s, in pieces of every size", (_what, text, expected) => {
  for (const size of [1, 2, 7, 64, 100_000]) expect<unknown>(readIn(text, size)).toEqual(expected)
})

function readIn(text: string, size: number): SmallAnswer | "broken" | undefined {
  const reader = createAnswerReader()
  const bytes = Buffer.from(text, "latin1")
  for (let at = 0; at < bytes.length; at += size) {
    const read = reader.push(bytes.subarray(at, at + size))
    if (read !== undefined) return read
  }
  return reader.end()
}

function latin(text: string): string {
  return Buffer.from(text).toString("latin1")
}
