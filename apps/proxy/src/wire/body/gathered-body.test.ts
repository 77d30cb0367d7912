import { expect, test } from "bun:test"
import { GatheredBody } from "./gathered-body.ts"

test.each([1, 7, 64, 65_536, 100_000, 300_000])("a body in pieces of %i is whole", (size) => {
  const whole = Buffer.from(Array.from({ length: 300_000 }, (_, index) => index % 251))
  const body = new GatheredBody()
  for (let at = 0; at < whole.length; at += size) body.push(whole.subarray(at, at + size), at + size >= whole.length)
  expect(body.take().equals(whole)).toBe(true)
})

test("a million pieces of a byte, each cut from a large read, are held in a few blocks", () => {
  const body = new GatheredBody()
  const read = Buffer.alloc(64 * 1024)
  for (let index = 0; index < 1_000_000; index++) body.push(read.subarray(index % 100, (index % 100) + 1), false)
  expect(body.blocks).toBe(Math.ceil(1_000_000 / (64 * 1024)))
})

test("a body of one piece is not copied", () => {
  const body = new GatheredBody()
  const piece = Buffer.from("whole")
  body.push(piece, true)
  expect(body.take()).toBe(piece)
})
