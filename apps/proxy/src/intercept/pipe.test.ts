import { expect, test } from "bun:test"
import { createPipe } from "./pipe.ts"

test.each([
  // bytes the sink takes at a time
  [1],
  [2],
  [7],
  [64],
  [Number.POSITIVE_INFINITY],
])("INV-53: bytes arrive in order when the sink takes %p at a time", (takes) => {
  const { pipe, sink, chunks, whole } = pipeInto(takes)
  for (const chunk of chunks) pipe.push(chunk)
  pipe.end()
  for (let turns = 0; !sink.ended && turns < 10_000; turns += 1) pipe.drain()
  expect({ text: sink.text(), ended: sink.ended }).toEqual({ text: whole, ended: true })
})

test("INV-53: the source is paused on a partial write and resumed only when all of it is written", () => {
  const { pipe, source, sink } = pipeInto(3)
  pipe.push(bytes("abcdef"))
  expect(source.calls).toEqual(["pause"])
  pipe.push(bytes("gh"))
  expect(sink.text()).toBe("abc")
  pipe.drain()
  expect({ text: sink.text(), calls: source.calls }).toEqual({ text: "abcdef", calls: ["pause"] })
})

test("a sink that is gone takes nothing and blocks nothing", () => {
  const { pipe, source } = pipeInto(-1)
  pipe.push(bytes("abc"))
  pipe.drain()
  expect(source.calls).toEqual(["resume"])
})

/** A sink that takes `takes` bytes a drain. */
function pipeInto(takes: number) {
  const written: number[] = []
  const calls: string[] = []
  let budget = takes
  const sink = {
    ended: false,
    text: () => Buffer.from(written).toString(),
    write(chunk: Uint8Array): number {
      if (takes < 0) return -1
      const taken = Math.min(budget, chunk.length)
      written.push(...chunk.subarray(0, taken))
      budget -= taken
      return taken
    },
    end() {
      sink.ended = true
    },
  }
  const source = { calls, pause: () => calls.push("pause"), resume: () => calls.push("resume") }
  const pipe = createPipe(source, sink)
  const chunks = Array.from({ length: 40 }, (_, index) => bytes(`<${index}>`.repeat((index % 5) + 1)))
  const drain = () => {
    budget = takes
    pipe.drain()
  }
  return { pipe: { ...pipe, drain }, source, sink, chunks, whole: Buffer.concat(chunks).toString() }
}

function bytes(text: string): Uint8Array {
  return new TextEncoder().encode(text)
}
