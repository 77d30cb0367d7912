import { expect, test } from "bun:test"
import { chunksOf, loadFixture } from "@bot-bottle/testkit"
import { findModelApi } from "../registry.ts"
import { responseHead } from "./response-head-fixture.ts"
import { type StreamEnd, tapUsage } from "./usage-tap.ts"

const plain = await loadFixture("anthropic/plain-text.http")
const text = plain.section("streaming")

test("INV-9: pieces that were gathered and not read yet are in the bill of a stream that is cut", async () => {
  const sent = Buffer.from(text).subarray(0, 720)
  const meter = createMeter("anthropic-messages")
  meter.push(sent)
  const whole = meter.end("torn")
  for (const size of [1, 2, 7, 64, 512, 513, 1000, 5000])
    expect((await watch(chunksOf(sent, size), "cut")).reading).toEqual(whole)
})

test("an event that is read with others is read as by itself, wherever the gathered pieces end", async () => {
  const filler = `: ${"x".repeat(700)}\n\n`
  const long = Buffer.from(text.replaceAll("\n\n", `\n\n${filler}${filler}${filler}`))
  for (const size of [1, 64, 511, 512, 513, 1023, 1024, 2049, 4095, 4096, 4097])
    expect((await watch(chunksOf(long, size), "upstream")).reading).toEqual(plain.expected() as never)
})

test("a watched stream's totals are told with the piece that states them", async () => {
  const told: number[] = []
  const tap = tapUsage({
    meter: createMeter("anthropic-messages"),
    contentEncoding: "",
    onUsage: ({ inputTokens }) => told.push(inputTokens),
    onEnd: () => {},
  })
  void tap.see(Buffer.from(text).subarray(0, 720))
  await Promise.resolve()
  expect(told).toEqual([25])
})

test.each([0, 1, 2, 64])("lines of JSON are ended by a line of JSON, with %i bytes before it", (minBytes) => {
  const tap = tapUsage({
    meter: createMeter("ollama"),
    contentEncoding: "",
    framing: "lines",
    onUsage: undefined,
    onEnd: () => {},
  })
  void tap.see(Buffer.from('{"a":1}\n{"b'))
  const interruption = new TextDecoder().decode(tap.interruption(minBytes))
  expect([interruption.length, `${interruption}{"error":"gone"}`.trim()]).toEqual([
    Math.max(1, minBytes),
    '{"error":"gone"}',
  ])
})

function createMeter(name: string) {
  return findModelApi(name)!.createMeter(responseHead({ inputTokens: 20 }))
}

async function watch(pieces: Iterable<Uint8Array>, by: StreamEnd["by"]): Promise<StreamEnd> {
  const { promise, resolve } = Promise.withResolvers<StreamEnd>()
  const tap = tapUsage({
    meter: createMeter("anthropic-messages"),
    contentEncoding: "",
    onUsage: undefined,
    onEnd: resolve,
  })
  for (const piece of pieces) {
    void tap.see(piece)
    tap.passed()
  }
  void tap.end(by)
  return promise
}
