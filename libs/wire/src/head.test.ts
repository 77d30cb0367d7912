import { expect, test } from "bun:test"
import { readMessage } from "./testing/read-message.ts"

const PIECES = [1, 2, 7, 64, 1 << 20] as const
const HOST = "Host: a.example\r\n"
const chunked = (body: string, more = "") =>
  `POST / HTTP/1.1\r\n${HOST}Transfer-Encoding: chunked\r\n${more}\r\n${body}`

// biome-ignore format: a table
const HOSTILE = [
  // what                                   status  bytes
  ["a bare LF between lines",               400,    `GET / HTTP/1.1\n${HOST}\r\n`],
  ["a bare LF at the end",                  400,    `GET / HTTP/1.1\r\n${HOST}\n`],
  ["a bare CR in a value",                  400,    `GET / HTTP/1.1\r\n${HOST}X: a\rb\r\n\r\n`],
  ["a bare CR in the target",               400,    `GET /\r/ HTTP/1.1\r\n${HOST}\r\n`],
  ["a NUL in a value",                      400,    `GET / HTTP/1.1\r\n${HOST}X: a\0b\r\n\r\n`],
  ["a NUL in the target",                   400,    `GET /\0 HTTP/1.1\r\n${HOST}\r\n`],
  ["a DEL in a value",                      400,    `GET / HTTP/1.1\r\n${HOST}X: \x7f\r\n\r\n`],
  ["an empty line first",                   400,    `\r\nGET / HTTP/1.1\r\n${HOST}\r\n`],
  ["a folded line",                         400,    `GET / HTTP/1.1\r\n${HOST}X: a\r\n b\r\n\r\n`],
  ["a line folded by a tab",                400,    `GET / HTTP/1.1\r\n${HOST}X: a\r\n\tb\r\n\r\n`],
  ["a fold before the first line",          400,    `GET / HTTP/1.1\r\n ${HOST}\r\n`],
  ["a blank before the colon",              400,    `GET / HTTP/1.1\r\n${HOST}Content-Length : 0\r\n\r\n`],
  ["a tab before the colon",                400,    `GET / HTTP/1.1\r\n${HOST}Content-Length\t: 0\r\n\r\n`],
  ["a line without a colon",                400,    `GET / HTTP/1.1\r\n${HOST}nothing\r\n\r\n`],
  ["a line without a name",                 400,    `GET / HTTP/1.1\r\n${HOST}: a\r\n\r\n`],
  ["a name that is not a token",            400,    `GET / HTTP/1.1\r\n${HOST}X(y): a\r\n\r\n`],
  ["a name beyond ASCII",                   400,    `GET / HTTP/1.1\r\n${HOST}Ho\xadst: a\r\n\r\n`],
  ["two Hosts",                             400,    `GET / HTTP/1.1\r\n${HOST}Host: b.example\r\n\r\n`],
  ["the same Host twice",                   400,    `GET / HTTP/1.1\r\n${HOST}${HOST}\r\n`],
  ["no Host",                               400,    "GET / HTTP/1.1\r\nX: a\r\n\r\n"],
  ["a length and chunks",                   400,    `POST / HTTP/1.1\r\n${HOST}Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`],
  ["chunks and a length",                   400,    `POST / HTTP/1.1\r\n${HOST}Transfer-Encoding: chunked\r\nContent-Length: 4\r\n\r\n0\r\n\r\n`],
  ["two lengths",                           400,    `POST / HTTP/1.1\r\n${HOST}Content-Length: 1\r\nContent-Length: 2\r\n\r\nab`],
  ["two equal lengths",                     400,    `POST / HTTP/1.1\r\n${HOST}Content-Length: 1\r\nContent-Length: 1\r\n\r\na`],
  ["a list of lengths",                     400,    `POST / HTTP/1.1\r\n${HOST}Content-Length: 1, 1\r\n\r\na`],
  ["a signed length",                       400,    `POST / HTTP/1.1\r\n${HOST}Content-Length: +1\r\n\r\na`],
  ["a negative length",                     400,    `POST / HTTP/1.1\r\n${HOST}Content-Length: -1\r\n\r\na`],
  ["a hexadecimal length",                  400,    `POST / HTTP/1.1\r\n${HOST}Content-Length: 0x1\r\n\r\na`],
  ["a length with a blank",                 400,    `POST / HTTP/1.1\r\n${HOST}Content-Length: 1 0\r\n\r\na`],
  ["an empty length",                       400,    `POST / HTTP/1.1\r\n${HOST}Content-Length:\r\n\r\na`],
  ["a length beyond 2^53",                  400,    `POST / HTTP/1.1\r\n${HOST}Content-Length: 99999999999999999\r\n\r\na`],
  ["a length and a tab",                    400,    `POST / HTTP/1.1\r\n${HOST}Content-Length: 1\t\r\n\r\na`],
  ["a length and a no-break space",         400,    `POST / HTTP/1.1\r\n${HOST}Content-Length: 1\xa0\r\n\r\na`],
  ["a target with a fragment",              400,    `GET /a#b HTTP/1.1\r\n${HOST}\r\n`],
  ["a target that is not a path",              400,    `GET a/b HTTP/1.1\r\n${HOST}\r\n`],
  ["an extension without a name",           400,    chunked("3;\r\nabc\r\n0\r\n\r\n")],
  ["an extension with an open quote",       400,    chunked('3;a="b\r\nabc\r\n0\r\n\r\n')],
  ["an underscored length",                 400,    `POST / HTTP/1.1\r\n${HOST}Content_Length: 1\r\n\r\na`],
  ["an underscored coding",                 400,    `POST / HTTP/1.1\r\n${HOST}transfer_encoding: chunked\r\n\r\n0\r\n\r\n`],
  ["a coding that is not chunked",          400,    `POST / HTTP/1.1\r\n${HOST}Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n`],
  ["chunks after gzip",                     400,    `POST / HTTP/1.1\r\n${HOST}Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n`],
  ["chunks before identity",                400,    `POST / HTTP/1.1\r\n${HOST}Transfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n`],
  ["two codings",                           400,    `POST / HTTP/1.1\r\n${HOST}Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`],
  ["an empty coding",                       400,    `POST / HTTP/1.1\r\n${HOST}Transfer-Encoding:\r\n\r\n0\r\n\r\n`],
  ["a coding behind a form feed",           400,    `POST / HTTP/1.1\r\n${HOST}Transfer-Encoding: \x0cchunked\r\n\r\n0\r\n\r\n`],
  ["chunks in HTTP/1.0",                    400,    `POST / HTTP/1.0\r\n${HOST}Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n`],
  ["Connection that names the length",      400,    `POST / HTTP/1.1\r\n${HOST}Connection: close, content-length\r\nContent-Length: 1\r\n\r\na`],
  ["Connection that names the coding",      400,    chunked("0\r\n\r\n", "Connection: Transfer-Encoding\r\n")],
  ["Connection that names the Host",        400,    `GET / HTTP/1.1\r\n${HOST}Connection: host\r\n\r\n`],
  ["two blanks in the request line",        400,    `GET  / HTTP/1.1\r\n${HOST}\r\n`],
  ["a tab in the request line",             400,    `GET\t/ HTTP/1.1\r\n${HOST}\r\n`],
  ["a blank after the version",             400,    `GET / HTTP/1.1 \r\n${HOST}\r\n`],
  ["a blank before the method",             400,    ` GET / HTTP/1.1\r\n${HOST}\r\n`],
  ["a target beyond ASCII",                 400,    `GET /\xe9 HTTP/1.1\r\n${HOST}\r\n`],
  ["no target",                             400,    `GET HTTP/1.1\r\n${HOST}\r\n`],
  ["HTTP/0.9",                              400,    `GET /\r\n${HOST}\r\n`],
  ["HTTP/2.0",                              505,    `GET / HTTP/2.0\r\n${HOST}\r\n`],
  ["HTTP/1.2",                              505,    `GET / HTTP/1.2\r\n${HOST}\r\n`],
  ["lower case of the version",             400,    `GET / http/1.1\r\n${HOST}\r\n`],
  ["a head over 64 KiB",                    431,    `GET / HTTP/1.1\r\n${HOST}X: ${"a".repeat(70_000)}\r\n\r\n`],
  ["more than 512 lines",                   431,    `GET / HTTP/1.1\r\n${HOST}${"X: a\r\n".repeat(512)}\r\n`],
  ["a chunk size of no digit",              400,    chunked("\r\n\r\n")],
  ["a chunk size with 0x",                  400,    chunked("0x3\r\nabc\r\n0\r\n\r\n")],
  ["a signed chunk size",                   400,    chunked("+3\r\nabc\r\n0\r\n\r\n")],
  ["a chunk size with a blank",             400,    chunked("3 \r\nabc\r\n0\r\n\r\n")],
  ["a blank before a chunk size",           400,    chunked(" 3\r\nabc\r\n0\r\n\r\n")],
  ["a chunk size of 17 digits",             400,    chunked(`${"0".repeat(16)}3\r\nabc\r\n0\r\n\r\n`)],
  ["a bare LF after a chunk size",          400,    chunked("3\nabc\r\n0\r\n\r\n")],
  ["a bare LF after a chunk",               400,    chunked("3\r\nabc\n0\r\n\r\n")],
  ["a chunk longer than its size",          400,    chunked("3\r\nabcd\r\n0\r\n\r\n")],
  ["a control byte in an extension",        400,    chunked("3;a=\0\r\nabc\r\n0\r\n\r\n")],
  ["a bare LF in an extension",             400,    chunked("3;a\nb\r\nabc\r\n0\r\n\r\n")],
  ["an extension over 4 KiB",               400,    chunked(`3;${"a".repeat(5_000)}\r\nabc\r\n0\r\n\r\n`)],
  ["a trailer that frames",                 400,    chunked("0\r\nContent-Length: 3\r\n\r\n")],
  ["a trailer that routes",                 400,    chunked("0\r\nHost: b.example\r\n\r\n")],
  ["a trailer that overrides the method",   400,    chunked("0\r\nX-HTTP-Method-Override: PUT\r\n\r\n")],
  ["a trailer that overrides the path",     400,    chunked("0\r\nX_Original_URL: /b\r\n\r\n")],
  ["a trailer with a key",                  400,    chunked("0\r\nX-Goog-Api-Key: k\r\n\r\n")],
  ["a trailer with a token",                400,    chunked("0\r\nPrivate_Token: k\r\n\r\n")],
  ["a trailer that authenticates",          400,    chunked("0\r\nAuthorization: Bearer a\r\n\r\n")],
  ["a trailer with a blank in its name",    400,    chunked("0\r\nX : a\r\n\r\n")],
  ["a bare CR in a trailer",                400,    chunked("0\r\nX: a\rb\r\n\r\n")],
  ["a bare LF after the trailers",          400,    chunked("0\r\nX: a\r\n\n")],
  ["trailers over 16 KiB",                  400,    chunked(`0\r\nX: ${"a".repeat(17_000)}\r\n\r\n`)],
] as const

test.each(HOSTILE)("INV-22: %s is refused with %i, however it is cut", (_what, status, text) => {
  const bytes = Buffer.from(text, "latin1")
  const outcomes = PIECES.map((piece) => readMessage(bytes, "request", piece))
  expect(outcomes.map((reading) => (reading.outcome === "refused" ? reading.status : reading.outcome))).toEqual(
    PIECES.map(() => status),
  )
})

// biome-ignore format: a table
test.each([
  ["a bare LF",              "HTTP/1.1 200 OK\nContent-Length: 0\n\n"],
  ["a length and chunks",    "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"],
  ["two lengths",            "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 1\r\n\r\na"],
  ["chunks in HTTP/1.0",     "HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"],
  ["a status of two digits", "HTTP/1.1 20 OK\r\n\r\n"],
  ["a status of 600",        "HTTP/1.1 600 OK\r\n\r\n"],
  ["HTTP/2",                 "HTTP/2 200 OK\r\n\r\n"],
  ["a folded line",          "HTTP/1.1 200 OK\r\nX: a\r\n b\r\n\r\n"],
  ["an empty line first",    "\r\nHTTP/1.1 200 OK\r\n\r\n"],
] as const)("INV-22: an answer with %s is refused", (_what, text) => {
  expect(readMessage(Buffer.from(text, "latin1"), "response")).toMatchObject({ outcome: "refused" })
})

// biome-ignore format: a table
test.each([
  // answer to   head                                                   kind       persistent
  ["GET",        "HTTP/1.1 200 OK\r\nContent-Length: 3",                "length",  true],
  ["GET",        "HTTP/1.1 200 OK\r\nTransfer-Encoding: Chunked",       "chunked", true],
  ["GET",        "HTTP/1.1 200 OK\r\nX: a",                             "close",   false],
  ["GET",        "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 3", "length", false],
  ["GET",        "HTTP/1.0 200 OK\r\nContent-Length: 3",                "length",  false],
  ["GET",        "HTTP/1.0 200 OK\r\nConnection: Keep-Alive\r\nContent-Length: 3", "length", true],
  ["HEAD",       "HTTP/1.1 200 OK\r\nContent-Length: 3",                "none",    true],
  ["GET",        "HTTP/1.1 204 No Content\r\nX: a",                     "none",    true],
  ["GET",        "HTTP/1.1 304 Not Modified\r\nContent-Length: 3",      "none",    true],
  ["GET",        "HTTP/1.1 103 Early Hints\r\nLink: </a>",              "none",    true],
  ["GET",        "HTTP/1.1 242\r\nContent-Length: 0",                   "length",  true],
] as const)("an answer to %s, `%s`, has its body framed by %s", (method, head, kind, persistent) => {
  const reading = readMessage(Buffer.from(`${head}\r\n\r\n`, "latin1"), "response", undefined, method)
  expect("head" in reading ? reading.head : reading).toMatchObject({ framing: { kind }, persistent })
})

test("lines keep their bytes, their order and their case", () => {
  const lines = ["host: a.example", "X-B:  two  blanks ", "x-a: caf\xc3\xa9", "X-B: again", "x:"]
  const reading = readMessage(
    Buffer.from(`GET //a/../b?x=%2F HTTP/1.1\r\n${lines.join("\r\n")}\r\n\r\n`, "latin1"),
    "request",
  )
  expect("head" in reading ? reading.head : reading).toMatchObject({
    target: "//a/../b?x=%2F",
    lines,
    names: ["host", "x-b", "x-a", "x-b", "x"],
  })
})
