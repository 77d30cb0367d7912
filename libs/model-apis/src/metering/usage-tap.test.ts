import { describe, expect, test } from "bun:test"
import {
  brotliCompressSync,
  createBrotliCompress,
  createGzip,
  deflateRawSync,
  deflateSync,
  gzipSync,
  zstdCompressSync,
} from "node:zlib"
import { CHUNK_SIZES, chunksOf, FIXTURES_FOLDER, loadFixture } from "@bot-bottle/testkit"
import type { MeterReading, ResponseMeter } from "../model-api.ts"
import { findModelApi } from "../registry.ts"
import { responseHead } from "./response-head-fixture.ts"
import { type StreamEnd, type TapOptions, tapUsage } from "./usage-tap.ts"

const api = findModelApi("anthropic-messages")!
const LINE_ENDS = [
  ["LF", "\n"],
  ["CRLF", "\r\n"],
  ["CR", "\r"],
] as const

/** By the folder its fixtures are in. */
const APIS: Readonly<Record<string, string>> = {
  anthropic: "anthropic-messages",
  "openai-responses": "openai-responses",
  "chat-completions": "chat-completions",
  ollama: "ollama",
}
const fixtures = await Promise.all(
  Object.entries(APIS).flatMap(([folder, name]) =>
    [...new Bun.Glob(`${folder}/*.http`).scanSync(FIXTURES_FOLDER)].sort().map(async (path) => ({
      path,
      fixture: await loadFixture(path),
      createMeter: () => createMeter(name, path.includes("embed") ? 0 : undefined),
      // Lines of JSON end with LF; what is before it may be a CR.
      lineEnds: folder === "ollama" ? LINE_ENDS.slice(0, 2) : LINE_ENDS,
    })),
  ),
)
const plain = await loadFixture("anthropic/plain-text.http")
const wire = new TextEncoder().encode(plain.section("streaming"))

const ENCODINGS = [
  ["", (bytes: Uint8Array) => bytes],
  ["gzip", gzipSync],
  ["deflate", deflateSync],
  ["deflate", deflateRawSync],
  ["br", brotliCompressSync],
  ["zstd", zstdCompressSync],
  ["gzip, br", (bytes: Uint8Array) => brotliCompressSync(gzipSync(bytes))],
] as const

describe.each(fixtures)("$path", ({ fixture, createMeter, lineEnds }) => {
  for (const section of ["streaming", "blocking"] as const) {
    if (!fixture.sections.includes(section)) continue
    test.each(ENCODINGS)(
      `INV-8: ${section}, encoded '%s': no byte is changed and the bill is exact, however cut`,
      async (encoding, encode) => {
        const bytes = encode(new TextEncoder().encode(fixture.section(section)))
        for (const size of CHUNK_SIZES) {
          const { ended } = await watch(chunksOf(bytes, size), { meter: createMeter(), contentEncoding: encoding })
          expectBill(ended, fixture.expected())
        }
      },
    )
  }

  if (!fixture.sections.includes("streaming")) return
  test.each(lineEnds)("reads the same bill with %s line ends", async (_name, lineEnd) => {
    const text = fixture.section("streaming").replaceAll("\n", lineEnd)
    for (const size of CHUNK_SIZES) {
      const { ended } = await watch(chunksOf(new TextEncoder().encode(text), size), { meter: createMeter() })
      expectBill(ended, fixture.expected())
    }
  })

  test("INV-9: torn anywhere, it is the whole bill, an estimate, or nothing where nothing was made", async () => {
    const bytes = new TextEncoder().encode(fixture.section("streaming"))
    const bill = fixture.expected() as MeterReading
    for (let length = 0; length < bytes.length; length += 37) {
      const meter = createMeter()
      meter.push(bytes.subarray(0, length))
      const { how, usage, estimated } = meter.end("torn")
      if (how === "complete") expect({ usage, estimated }).toEqual({ usage: bill.usage, estimated: false })
      else
        expect({ estimated, billed: how === "cut-short" || bill.how !== "complete" }).toEqual({
          estimated: how === "cut-short",
          billed: true,
        })
    }
  })
})

test.each([
  ["push", { push: fail }],
  ["end", { end: fail }],
] as const)("INV-8: a meter whose %s throws costs the meter, not the stream", async (_what, broken) => {
  const { ended } = await watch(chunksOf(wire, 64), { meter: { ...createMeter(), ...broken } })
  expect(ended.reading).toMatchObject({ how: "cut-short", estimated: true, settleAtLeastReservation: true })
})

test.each([
  ["is not what it says", "gzip"],
  ["nobody here can undo", "compress"],
] as const)("INV-8: an encoding that %s costs the meter, and the whole reservation is due", async (_what, encoding) => {
  const { ended } = await watch(chunksOf(wire, 7), { contentEncoding: encoding })
  expect(ended.reading).toMatchObject({ how: "cut-short", settleAtLeastReservation: true })
})

test.each(["upstream", "upstream-reset", "client", "cut"] as const)(
  "INV-9: a stream that ended early by %s is cut short, with what went by, and is told of once",
  async (by) => {
    const { ended, ends } = await watch(chunksOf(wire.slice(0, 720), 64), { by })
    expect([ended.by, ended.reading.how, ended.reading.usage.inputTokens, ends.length]).toEqual([
      by,
      "cut-short",
      25,
      1,
    ])
  },
)

test("INV-9: the first end counts", async () => {
  const ends: StreamEnd[] = []
  const { promise, resolve } = Promise.withResolvers<void>()
  const tap = tapUsage({
    meter: createMeter(),
    contentEncoding: "",
    onUsage: undefined,
    onEnd(end) {
      ends.push(end)
      resolve()
    },
  })
  void tap.end("cut")
  void tap.end("client")
  await promise
  await Bun.sleep(0)
  expect(ends.map(({ by }) => by)).toEqual(["cut"])
})

test("INV-9: a compressed stream torn in the middle is charged what could be decoded", async () => {
  const encoded = await flushed(createGzip(), wire.slice(0, 720))
  const { ended } = await watch(chunksOf(encoded, 7), { contentEncoding: "gzip" })
  expect(ended.reading).toMatchObject({ how: "cut-short", usage: { inputTokens: 25 } })
})

test("onUsage is told of totals as they rise, while a compressed stream is still open", async () => {
  const { promise: told, resolve } = Promise.withResolvers<number>()
  const encoded = await flushed(createBrotliCompress(), wire.slice(0, 720))
  const tap = tapUsage({
    meter: createMeter(),
    contentEncoding: "br",
    onUsage: (usage) => resolve(usage.outputTokens),
    onEnd: () => {},
  })
  void tap.see(encoded)
  expect(await told).toBe(1)
  void tap.end("client")
})

test("onUsage comes after the piece that says so, and not once the stream is over", async () => {
  const order: string[] = []
  const tap = tapUsage({
    meter: createMeter(),
    contentEncoding: "",
    onUsage: () => order.push("told"),
    onEnd: () => order.push("ended"),
  })
  void tap.see(wire.slice(0, 720))
  order.push("passed on")
  await Bun.sleep(0)
  void tap.see(wire.slice(720))
  void tap.end("upstream")
  await Bun.sleep(0)
  expect(order).toEqual(["passed on", "told", "ended"])
})

// prettier-ignore
test.each([
  // sent before the ending                             what the client reads after it
  ["between events", "data: 1\n\n", ["1", "gone"]],
  ["between, CRLF", "data: 1\r\n\r\n", ["1", "gone"]],
  ["inside a line", 'data: 1\n\nevent: x\ndata: {"a', ["1", "interrupted", "gone"]],
  ["between lines", "data: 1\n\nevent: x\ndata: 2\n", ["1", "interrupted", "gone"]],
  ["after a CR", "data: 1\r\rdata: 2\r", ["1", "interrupted", "gone"]],
  ["before anything", "", ["gone"]],
] as const)("%s, an ending makes a whole last event", async (_where, sent, expected) => {
  const tap = tapUsage({ meter: createMeter(), contentEncoding: "", onUsage: undefined, onEnd: () => {} })
  void tap.see(new TextEncoder().encode(sent))
  for (const minBytes of [0, 1, 2, 3, 64, 5000]) {
    const interruption = new TextDecoder().decode(tap.interruption(minBytes))
    expect(interruption.length).toBeGreaterThanOrEqual(minBytes)
    expect(await readEvents(`${sent}${interruption}event: error\ndata: gone\n\n`)).toEqual([...expected])
  }
})

test("an encoded stream has no ending of ours: plain bytes cannot follow encoded ones", () => {
  const tap = tapUsage({ meter: createMeter(), contentEncoding: "gzip", onUsage: undefined, onEnd: () => {} })
  expect(tap.isInStep).toBe(false)
})

function createMeter(name = api.name, maxOutputTokens?: number): ResponseMeter {
  return findModelApi(name)!.createMeter(responseHead({ inputTokens: 20, maxOutputTokens }))
}

/** Feeds all pieces, as one that passes them on would, and ends. */
async function watch(
  pieces: Iterable<Uint8Array>,
  options: Partial<Pick<TapOptions, "meter" | "contentEncoding">> & { readonly by?: StreamEnd["by"] },
) {
  const { by = "upstream", ...rest } = options
  const ends: StreamEnd[] = []
  const { promise, resolve } = Promise.withResolvers<StreamEnd>()
  const tap = tapUsage({
    meter: createMeter(),
    contentEncoding: "",
    onUsage: undefined,
    onEnd: (end) => {
      ends.push(end)
      resolve(end)
    },
    ...rest,
  })
  for (const piece of pieces) {
    const before = Bun.hash(piece)
    await tap.see(piece)
    tap.passed()
    expect(Bun.hash(piece)).toBe(before)
  }
  void tap.end(by)
  return { ended: await promise, ends }
}

function expectBill({ reading }: StreamEnd, expected: unknown): void {
  const bill = expected as MeterReading
  if (bill.how !== "cut-short") {
    expect(reading).toEqual(bill)
    return
  }
  // Its streamed tokens are an estimate: not below the known number, and not out of all proportion.
  expect(reading.usage.outputTokens).toBeWithin(bill.usage.outputTokens, bill.usage.outputTokens * 3)
  expect({ ...reading, usage: { ...reading.usage, outputTokens: bill.usage.outputTokens } }).toEqual(bill)
}

/** Sends `first` and then nothing, and never ends of itself. */
function fail(): never {
  throw new Error("meter bug")
}

/** Encoded and flushed but not ended: a stream whose tail never came. */
async function flushed(
  codec: ReturnType<typeof createGzip> | ReturnType<typeof createBrotliCompress>,
  bytes: Uint8Array,
) {
  const parts: Uint8Array[] = []
  codec.on("data", (part: Uint8Array) => parts.push(part))
  const { promise, resolve } = Promise.withResolvers<void>()
  codec.write(bytes)
  codec.flush(() => resolve())
  await promise
  return Buffer.concat(parts)
}

/** Data of each event as a standard client sees it, an interrupted one by that name. */
async function readEvents(text: string): Promise<readonly string[]> {
  const { createParser } = await import("eventsource-parser")
  const seen: string[] = []
  createParser({
    onEvent: ({ event, data }) => seen.push(event === "bot-bottle-interrupted" ? "interrupted" : data),
  }).feed(text)
  return seen
}
