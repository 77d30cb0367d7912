import { describe, expect, test } from "bun:test"
import { brotliCompressSync, deflateRawSync, deflateSync, gunzipSync, gzipSync, zstdCompressSync } from "node:zlib"
import { Secret } from "@bot-bottle/contracts"
import { scrubberOf } from "@bot-bottle/egress"
import { createBodyDecoder } from "@bot-bottle/model-apis"
import { type ResponseHead, readResponseHead } from "@bot-bottle/wire"
import { Stopped } from "../body/body-filter.ts"
import { scrubPayload } from "./answer-edit.ts"

const KEY = "sk-live-0123456789abcdef"
const PIECES = [1, 2, 7, 64, 1 << 20] as const
const CLEAN = `${"Nothing of it. ".repeat(40)}sk-lively sk-live-0123`
const TELLING = `${CLEAN}, ${KEY} and more`
const PACKINGS = {
  gzip: gzipSync,
  br: brotliCompressSync,
  zstd: zstdCompressSync,
  deflate: deflateSync,
  "deflate without its head": deflateRawSync,
} as const

describe.each(Object.entries(PACKINGS))("%s", (name, pack) => {
  const coding = name.split(" ")[0] ?? ""

  test("an answer without the credential passes as it came, however it is read", async () => {
    const packed = pack(CLEAN)
    for (const size of PIECES) expect(await passed(coding, packed, size)).toEqual({ bytes: packed, ended: "whole" })
  })

  test("INV-11: before an answer with the credential ends, at most three letters of it are out", async () => {
    for (const size of PIECES) {
      const { bytes, ended } = await passed(coding, pack(TELLING), size)
      const out = (await unpack(coding, bytes)).slice(TELLING.indexOf(KEY))
      expect([ended, out.length <= 3]).toEqual(["credential", true])
    }
  })

  test("INV-11: bytes behind the end of the packing do not pass, and neither do bytes of another one", async () => {
    const other = name === "gzip" ? brotliCompressSync(TELLING) : gzipSync(TELLING)
    const hidden = pack(TELLING)
    for (const size of PIECES) {
      const behind = await passed(coding, Buffer.concat([pack("ok"), Buffer.from("\0\0"), hidden]), size)
      const instead = await passed(coding, other, size)
      expect([behind.bytes.includes(hidden.subarray(10, 20)), instead.bytes.includes(other.subarray(10, 20))]).toEqual([
        false,
        false,
      ])
      expect([behind.ended, instead.ended]).toEqual(["unreadable", "unreadable"])
    }
  })
})

test("INV-11: the credential in a second member, a second frame and the field of a gzip's head is found", async () => {
  const named = gzipSync("ok")
  named[3] = 8
  const withName = Buffer.concat([named.subarray(0, 10), Buffer.from(`${KEY}\0`), named.subarray(10)])
  expect(gunzipSync(withName).toString()).toBe("ok")
  for (const size of PIECES)
    for (const [coding, body] of [
      ["gzip", Buffer.concat([gzipSync("ok"), gzipSync(TELLING)])],
      ["zstd", Buffer.concat([zstdCompressSync("ok"), zstdCompressSync(TELLING)])],
      ["gzip", withName],
    ] as const) {
      const { bytes, ended } = await passed(coding, body, size)
      expect([ended, bytes.includes(KEY.slice(0, 8))]).toEqual(["credential", false])
    }
})

test("INV-11: packed bytes that unfold to nothing while the credential may have begun wait up to a limit", async () => {
  // A stored block with the beginning of the key, and then empty ones without end.
  const begun = Buffer.from(KEY.slice(0, 10))
  const opening = Buffer.concat([Buffer.from([0, 10, 0, 245, 255]), begun])
  const empty = Buffer.alloc(5 * 20_000, Buffer.from([0, 0, 0, 255, 255]))
  const { bytes, ended } = await passed("deflate", Buffer.concat([opening, empty]), 1024)
  expect([bytes.length, ended]).toEqual([0, "unreadable"])
})

async function passed(coding: string, body: Uint8Array, size: number): Promise<{ bytes: Buffer; ended: unknown }> {
  const filter = scrubPayload(scrubberOf(new Secret(KEY)), headOf(coding))
  if (filter === undefined || filter === "unreadable") throw new Error(`${coding} is not looked through`)
  const parts: Uint8Array[] = []
  for (let at = 0; at < body.length; at += size) {
    const part = await filter.push(new Uint8Array(body.subarray(at, at + size)))
    if (part instanceof Stopped) return { bytes: Buffer.concat(parts), ended: part.reason }
    parts.push(part)
  }
  const end = await filter.end("")
  if (end instanceof Stopped) return { bytes: Buffer.concat(parts), ended: end.reason }
  return { bytes: Buffer.concat([...parts, end.bytes]), ended: "whole" }
}

/** As much as a lenient client can read. */
async function unpack(coding: string, bytes: Uint8Array): Promise<string> {
  const parts: Uint8Array[] = []
  const decoder = createBodyDecoder(coding, (part) => parts.push(part.slice()))
  decoder.push(bytes)
  await decoder.finish()
  return Buffer.concat(parts).toString("latin1")
}

function headOf(coding: string): ResponseHead {
  const text = Buffer.from(`HTTP/1.1 200 OK\r\nContent-Encoding: ${coding}\r\nContent-Length: 1\r\n\r\n`)
  const head = readResponseHead(text, 0, text.length - 2, "GET")
  if (head.kind === "refused") throw new Error(head.detail)
  return head
}
