import { expect, test } from "bun:test"
import { CHUNK_SIZES, chunksOf } from "@bot-bottle/testkit"
import { createFrameReader, encodeFrame, type Frame, MAX_FRAME_BYTES } from "./frames.ts"

const FRAMES: readonly Frame[] = [
  { kind: "open", id: 1 },
  { kind: "data", id: 1, bytes: Uint8Array.from([1, 2, 3]) },
  { kind: "data", id: 4_294_967_295, bytes: new Uint8Array(MAX_FRAME_BYTES).fill(7) },
  { kind: "room", id: 2, count: 4_294_967_295 },
  { kind: "end", id: 1 },
  { kind: "data", id: 3, bytes: new Uint8Array() },
  { kind: "closed", id: 1 },
]

test.each(CHUNK_SIZES)("frames arrive as they were sent, in pieces of %p bytes", (size) => {
  const bytes = Buffer.concat(FRAMES.map(encodeFrame))
  const { read, frames, invalid } = openReader()
  for (const chunk of chunksOf(bytes, size)) read(chunk)
  expect(frames).toEqual([...FRAMES])
  expect(invalid()).toBe(0)
})

test.each([
  ["an unknown kind", [9, 0, 0, 0, 1, 0, 0, 0, 0]],
  ["data that is too long", [1, 0, 0, 0, 1, 0, 0, 64, 1]],
  ["data without end", [1, 0, 0, 0, 1, 255, 255, 255, 255]],
])("%s is refused at its header, and nothing after it is read", (_what, header) => {
  const { read, frames, invalid } = openReader()
  read(Uint8Array.from(header))
  read(encodeFrame({ kind: "open", id: 1 }))
  expect([frames, invalid()]).toEqual([[], 1])
})

function openReader() {
  const frames: Frame[] = []
  let count = 0
  const { read } = createFrameReader(
    (frame) => frames.push(frame),
    () => {
      count += 1
    },
  )
  return { read, frames, invalid: () => count }
}
