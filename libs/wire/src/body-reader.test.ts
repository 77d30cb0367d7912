import { expect, test } from "bun:test"
import { BodyReader } from "./body-reader.ts"
import { CHUNKED, type Framing, UNTIL_CLOSE } from "./framing.ts"

const PIECES = [1, 2, 7, 64, 1 << 20] as const

// biome-ignore format: a table
test.each([
  // framing                          bytes                                         payload        trailers         left over
  [{ kind: "length", bytes: 5 },      "hello",                                      "hello",       "",              ""],
  [{ kind: "length", bytes: 5 },      "helloGET /",                                 "hello",       "",              "GET /"],
  [{ kind: "length", bytes: 0 },      "GET /",                                      "",            "",              "GET /"],
  [{ kind: "none", bytes: 0 },        "GET /",                                      "",            "",              "GET /"],
  [CHUNKED,                           "0\r\n\r\n",                                  "",            "",              ""],
  [CHUNKED,                           "5\r\nhello\r\n0\r\n\r\nGET /",               "hello",       "",              "GET /"],
  [CHUNKED,                           "5;a=b\r\nhello\r\nA\r\n, world!!\n\r\n0;x\r\n\r\n", "hello, world!!\n", "", ""],
  [CHUNKED,                           "005\r\nhello\r\n000\r\n\r\n",                "hello",       "",              ""],
  [CHUNKED,                           "1\r\na\r\n0\r\nX-Sum: 1\r\ny: \r\n\r\nrest", "a",           "X-Sum: 1\r\ny: \r\n", "rest"],
] as const)("a body of %o ends where its framing says, however it is cut: %j", (framing, text, payload, trailers, rest) => {
  const bytes = Buffer.from(text, "latin1")
  for (const size of PIECES) {
    const read = readInPieces(framing, bytes, size)
    expect(read).toEqual({ payload, trailers, rest, done: true })
  }
})

test("a body without a length ends with the connection, and only then", () => {
  const reader = new BodyReader()
  reader.start(UNTIL_CLOSE, undefined)
  expect([reader.read(Buffer.from("abc"), 0), reader.done]).toEqual([3, false])
  expect([reader.endOfConnection(), reader.done]).toEqual([true, true])
})

test.each([
  [{ kind: "length", bytes: 5 }, "hell"],
  [CHUNKED, "5\r\nhello\r\n"],
  [CHUNKED, "0\r\n"],
] as const)("a connection that ends inside a body of %o does not end the body", (framing, text) => {
  const reader = new BodyReader()
  reader.start(framing, undefined)
  reader.read(Buffer.from(text), 0)
  expect([reader.endOfConnection(), reader.done]).toEqual([false, false])
})

test("a reader that is started again remembers nothing", () => {
  const reader = new BodyReader()
  reader.start(CHUNKED, undefined)
  reader.read(Buffer.from("x"), 0)
  expect(reader.failure).toBeDefined()
  reader.start({ kind: "length", bytes: 1 }, undefined)
  expect([reader.read(Buffer.from("ab"), 0), reader.done, reader.failure]).toEqual([1, true, undefined])
})

function readInPieces(framing: Framing, bytes: Buffer, size: number) {
  const reader = new BodyReader()
  const parts: Buffer[] = []
  reader.start(framing, (piece, from, to) => parts.push(Buffer.from(piece.subarray(from, to))))
  let used = 0
  while (!reader.done && used < bytes.length) used += reader.read(bytes.subarray(used, used + size), 0)
  const payload = Buffer.concat(parts).toString("latin1")
  return { payload, trailers: reader.trailers, rest: bytes.subarray(used).toString("latin1"), done: reader.done }
}
