// Security case 110 in every packing and framing: what is searched is what is sent. These tests
// look at the bytes on the far side, not at the status.

import { expect, test } from "bun:test"
import { brotliCompressSync, deflateRawSync, deflateSync, gzipSync, zstdCompressSync } from "node:zlib"
import { Secret } from "@bot-bottle/contracts"
import { type RawConnection, route, startRawServer, startTestProxy } from "@bot-bottle/proxy/testing"

const HOST = "upload.example.com"
const SECRET = "sk-Kq8Zt3Vw6Xy1Bn4Mc7Lp0Rs5"
const HARMLESS = "just a file, ".repeat(40)
const OK = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"

/** RFC 1952: FLG 4 says that a field of the sender's own follows the head. */
function gzipWithExtra(text: string, extra: string): Buffer {
  const packed = Buffer.from(gzipSync(text))
  packed[3] = 4
  const length = Buffer.alloc(2)
  length.writeUInt16LE(extra.length)
  return Buffer.concat([packed.subarray(0, 10), length, Buffer.from(extra), packed.subarray(10)])
}

/** As AWS's clients send a body: sizes with signatures, then trailers. */
function awsChunked(body: Uint8Array, pieces = 2, trailer = ""): Buffer {
  const signature = "a".repeat(64)
  const size = Math.ceil(body.length / pieces)
  const parts: Buffer[] = []
  for (let at = 0; at < body.length; at += size) {
    const piece = body.subarray(at, at + size)
    parts.push(
      Buffer.from(`${piece.length.toString(16)};chunk-signature=${signature}\r\n`),
      Buffer.from(piece),
      Buffer.from("\r\n"),
    )
  }
  return Buffer.concat([...parts, Buffer.from(`0;chunk-signature=${signature}\r\n${trailer}\r\n`)])
}

const withSecret = `${HARMLESS}${SECRET}${HARMLESS}`
const bytes = (text: string) => Buffer.from(text)

// biome-ignore format: a table
test.each([
  // what                                encoding            body
  ["a body of AWS's frames",             "aws-chunked",      awsChunked(bytes(HARMLESS))],
  ["AWS's frames with trailers",         "aws-chunked",      awsChunked(bytes(HARMLESS), 3, "x-amz-checksum-crc32:AAAAAA==\r\n")],
  ["gzip in AWS's frames",               "gzip,aws-chunked", awsChunked(gzipSync(HARMLESS))],
  ["AWS's frames named first",           "aws-chunked, gzip", awsChunked(gzipSync(HARMLESS))],
  ["a label",                            "utf-8",            bytes(HARMLESS)],
  ["Amazon's old label",                 "amz-1.0",          bytes(HARMLESS)],
  ["gzip",                               "gzip",             gzipSync(HARMLESS)],
  ["gzip with a field of its own",       "gzip",             gzipWithExtra(HARMLESS, "harmless")],
  ["two members of gzip",                "gzip",             Buffer.concat([gzipSync(HARMLESS), gzipSync(HARMLESS)])],
  ["deflate",                            "deflate",          deflateSync(HARMLESS)],
  ["raw deflate",                        "deflate",          deflateRawSync(HARMLESS)],
  ["br",                                 "br",               brotliCompressSync(HARMLESS)],
  ["zstd",                               "zstd",             zstdCompressSync(HARMLESS)],
] as const)("control: %s without a credential arrives byte for byte, by length and in chunks", async (_what, encoding, body) => {
  for (const framing of ["length", "chunks"] as const) {
    const { status, arrived } = await send(encoding, body, framing)
    expect([framing, status, arrived.includes(framing === "length" ? body : body.subarray(0, 20))]).toEqual([framing, 200, true])
  }
})

// biome-ignore format: a table
test.each([
  // what                                          encoding            body
  ["in AWS's frames",                              "aws-chunked",      awsChunked(bytes(withSecret), 1)],
  ["across two of AWS's frames",                   "aws-chunked",      awsChunked(bytes(withSecret), 2)],
  ["in a trailer of AWS's",                        "aws-chunked",      awsChunked(bytes(HARMLESS), 2, `x-amz-meta: ${SECRET}\r\n`)],
  ["behind AWS's last frame",                      "aws-chunked",      Buffer.concat([awsChunked(bytes(HARMLESS)), bytes(SECRET)])],
  ["in gzip in AWS's frames",                      "gzip,aws-chunked", awsChunked(gzipSync(withSecret))],
  ["behind a label",                               "utf-8",            bytes(withSecret)],
  ["in gzip",                                      "gzip",             gzipSync(withSecret)],
  ["in the second member of gzip",                 "gzip",             Buffer.concat([gzipSync(HARMLESS), gzipSync(withSecret)])],
  ["in a field of gzip's that decoders skip",      "gzip",             gzipWithExtra(HARMLESS, SECRET)],
  ["behind the end of gzip",                       "gzip",             Buffer.concat([gzipSync(HARMLESS), bytes(SECRET)])],
  ["behind the end of deflate",                    "deflate",          Buffer.concat([deflateSync(HARMLESS), bytes(SECRET)])],
  ["packed again behind the end of deflate",       "deflate",          Buffer.concat([deflateSync(HARMLESS), deflateSync(withSecret)])],
  ["behind the end of br",                         "br",               Buffer.concat([brotliCompressSync(HARMLESS), bytes(SECRET)])],
  ["packed again behind the end of br",            "br",               Buffer.concat([brotliCompressSync(HARMLESS), brotliCompressSync(withSecret)])],
  ["in zstd",                                      "zstd",             zstdCompressSync(withSecret)],
  ["in gzip in gzip",                              "gzip, gzip",       gzipSync(gzipSync(withSecret))],
  ["in a packing nobody here knows",               "exi",              bytes("opaque")],
  ["in three packings",                            "gzip, gzip, gzip", gzipSync(gzipSync(gzipSync(withSecret)))],
  ["in gzip without end",                          "gzip",             gzipSync(withSecret).subarray(0, -9)],
] as const)("INV-110: a credential %s does not arrive, by length and in chunks", async (_what, encoding, body) => {
  for (const framing of ["length", "chunks"] as const) {
    const { status, arrived, isWhole } = await send(encoding, body, framing)
    expect([framing, status, arrived.includes(SECRET), isWhole]).toEqual([framing, 403, false, false])
  }
})

test("INV-110: with a packing nobody here knows, nothing is even dialled", async () => {
  expect((await send("compress", bytes("x"), "length")).connections).toBe(0)
})

test("INV-110: a credential in a trailer of HTTP's own does not arrive whole", async () => {
  const { status, arrived, isWhole } = await send("", bytes(HARMLESS), "chunks", `X-Note: ${SECRET}\r\n`)
  expect([status, arrived.includes(SECRET), isWhole]).toEqual([403, false, false])
})

test("INV-110: a credential in a chunk extension does not arrive", async () => {
  const { arrived } = await send("", bytes(HARMLESS), "chunks", "", `;note=${SECRET}`)
  expect(arrived.includes(SECRET)).toBe(false)
})

async function send(encoding: string, body: Uint8Array, framing: "length" | "chunks", trailer = "", extension = "") {
  let arrived = Buffer.alloc(0)
  await using server = await startRawServer({
    host: HOST,
    // Where the proxy refuses, none comes.
    onConnection: (far) =>
      listen(far, (bytes) => {
        arrived = Buffer.concat([arrived, bytes])
        if (isWhole(arrived, framing, body.length)) far.send(OK)
      }),
  })
  await using proxy = await startTestProxy({
    routes: [
      route(HOST),
      route("api.example.com", { injection: { header: "x-key", template: "{secret}" }, secret: new Secret(SECRET) }),
    ],
    resolve: { [HOST]: server.address },
    upstreamCa: server.caPem,
  })
  using agent = await proxy.open(`${HOST}:443`)
  const lines = [`PUT /file HTTP/1.1`, `Host: ${HOST}`, ...(encoding === "" ? [] : [`Content-Encoding: ${encoding}`])]
  const framed = framing === "length" ? `Content-Length: ${body.length}` : "Transfer-Encoding: chunked"
  agent.send(`${[...lines, framed].join("\r\n")}\r\n\r\n`)
  if (framing === "length") agent.send(body)
  else
    for (const piece of piecesOf(body))
      agent.send(Buffer.concat([bytes(`${piece.length.toString(16)}${extension}\r\n`), piece, bytes("\r\n")]))
  if (framing === "chunks") agent.send(`0\r\n${trailer}\r\n`)
  const answer = await agent.readResponse()
  return {
    status: answer?.status,
    arrived: arrived.toString("latin1").includes(SECRET) ? Buffer.from(SECRET) : arrived,
    isWhole: isWhole(arrived, framing, body.length),
    connections: server.connections,
  }
}

function listen({ socket }: RawConnection, told: (bytes: Buffer) => void): void {
  socket.on("data", told)
}

function isWhole(arrived: Buffer, framing: "length" | "chunks", length: number): boolean {
  const head = arrived.indexOf("\r\n\r\n")
  if (head === -1) return false
  return framing === "length" ? arrived.length - head - 4 === length : arrived.includes("\r\n0\r\n")
}

function* piecesOf(body: Uint8Array): Iterable<Buffer> {
  for (let at = 0; at < body.length; at += 1_000) yield Buffer.from(body.subarray(at, at + 1_000))
}
