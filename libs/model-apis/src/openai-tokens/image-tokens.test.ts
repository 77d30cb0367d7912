import { expect, test } from "bun:test"
import { type ImageDetail, imageTokens, pixelSizeOf, pixelSizeOfBase64 } from "./image-tokens.ts"

const ANY = undefined
const size = (width: number, height: number) => ({ width, height })

// The provider's documented examples and limits.
// biome-ignore format: a table
test.each([
  // model              size               detail      tokens
  ["gpt-4o",            size(1024, 1024),  "high",     765],
  ["gpt-4o",            size(2048, 4096),  "high",     1105],
  ["gpt-4o",            size(4096, 8192),  "low",      85],
  ["gpt-4o",            size(100, 75),     "high",     255],
  ["gpt-4o-mini",       size(1024, 1024),  "high",     25_501],
  ["gpt-4o",            ANY,               "high",     1445],
  ["gpt-4.1-mini",      size(1024, 1024),  "high",     1659],
  ["gpt-4.1-mini",      size(1800, 2400),  "high",     2489],
  ["gpt-5-nano",        size(1024, 1024),  "high",     2520],
  ["o4-mini",           ANY,               "high",     2642],
  ["openai/gpt-4o",     size(1024, 1024),  "high",     765],
  ["gpt-9",             size(1024, 1024),  "high",     1229],
  ["gpt-9",             ANY,               "high",     3000],
  ["gpt-9",             ANY,               "original", 12_000],
] as const)("an image to %s of %j, detail %s, costs %i", (model, pixels, detail, tokens) => {
  expect(imageTokens(model, pixels, detail as ImageDetail)).toBe(tokens)
})

const PNG = `iVBORw0KGgoAAAANSUhEUgAAAGQAAABL${"A".repeat(40)}`
const GIF = Buffer.from([...Buffer.from("GIF89a"), 0x2c, 0x01, 0xc8, 0x00, 0, 0]).toString("base64")
const jpeg = (...before: number[]) =>
  Buffer.from([0xff, 0xd8, ...before, 0xff, 0xc2, 0, 11, 8, 0x04, 0x38, 0x07, 0x80, 3, 1, 2, 3]).toString("base64")

// biome-ignore format: a table
test.each([
  ["a PNG",                         PNG,                                                size(100, 75)],
  ["a GIF",                         GIF,                                                size(300, 200)],
  ["a JPEG",                        jpeg(),                                             size(1920, 1080)],
  ["a JPEG with a profile before",  jpeg(0xff, 0xe2, 0, 6, 1, 2, 3, 4),                 size(1920, 1080)],
  ["a JPEG cut before its size",    jpeg().slice(0, 12),                                undefined],
  ["a JPEG that lies",              jpeg(0, 0, 0, 0),                                   undefined],
  ["a PNG of no width",             PNG.replace("AAAGQ", "AAAAA"),                     undefined],
  ["something else",                Buffer.from("RIFF....WEBPVP8 ").toString("base64"), undefined],
  ["nothing",                       "",                                                 undefined],
] as const)("the size of %s", (_what, data, expected) => {
  expect(pixelSizeOfBase64(data)).toEqual(expected)
})

test("a data URL is looked into, an address is not", () => {
  expect(pixelSizeOf(`data:image/png;base64,${PNG}`)).toEqual(size(100, 75))
  expect(pixelSizeOf("https://x.example/a.png")).toBeUndefined()
  expect(pixelSizeOf("data:image/png,plain")).toBeUndefined()
})
