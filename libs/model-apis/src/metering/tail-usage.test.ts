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
import { CHUNK_SIZES, FIXTURES_FOLDER, loadFixture, streamOf } from "@bot-bottle/testkit"
import type { MeterReading, ResponseMeter } from "../model-api.ts"
import { findModelApi } from "../registry.ts"
import { responseHead } from "./response-head-fixture.ts"
import { type StreamEnd, type TailOptions, tailUsage } from "./tail-usage.ts"

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
      `INV-8: ${section}, encoded '%s': every byte passes and the bill is exact, however cut`,
      async (encoding, encode) => {
        const bytes = encode(new TextEncoder().encode(fixture.section(section)))
        for (const size of CHUNK_SIZES) {
          const { body, ended } = tail({
            upstream: streamOf(bytes, size),
            meter: createMeter(),
            contentEncoding: encoding,
          })
          expect(await new Response(body).bytes()).toEqual(new Uint8Array(bytes))
          expectBill(await ended, fixture.expected())
        }
      },
    )
  }

  if (!fixture.sections.includes("streaming")) return
  test.each(lineEnds)("reads the same bill with %s line ends", async (_name, lineEnd) => {
    const text = fixture.section("streaming").replaceAll("\n", lineEnd)
    for (const size of CHUNK_SIZES) {
      const { body, ended } = tail({ upstream: streamOf(text, size), meter: createMeter() })
      await new Response(body).bytes()
      expectBill(await ended, fixture.expected())
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

describe("tailUsage()", () => {
  test("INV-8: a chunk is with the client before the meter sees it", async () => {
    const seen: string[] = []
    const meter = { ...createMeter(), push: () => void seen.push(Bun.peek.status(first)) }
    const { body } = tail({ upstream: endless("data: 1\n\n").stream, meter })
    const client = body.getReader()
    const first = client.read()
    await first
    await client.cancel()
    expect(seen).toEqual(["fulfilled"])
  })

  test.each([
    ["push", { push: fail }],
    ["end", { end: fail }],
  ] as const)("INV-8: a meter whose %s throws costs the meter, not the stream", async (_what, broken) => {
    const { body, ended } = tail({ upstream: streamOf(wire, 64), meter: { ...createMeter(), ...broken } })
    expect(await new Response(body).bytes()).toEqual(wire)
    expect((await ended).reading).toMatchObject({ how: "cut-short", estimated: true, settleAtLeastReservation: true })
  })

  test("INV-8: an encoding that is not what it says costs the meter, not the stream", async () => {
    const { body, ended } = tail({ upstream: streamOf(wire, 7), contentEncoding: "gzip" })
    expect(await new Response(body).bytes()).toEqual(wire)
    expect((await ended).reading).toMatchObject({ how: "cut-short", settleAtLeastReservation: true })
  })

  test("INV-8: an encoding nobody here can undo passes, and the whole reservation is due", async () => {
    const { body, ended } = tail({ upstream: streamOf(wire, 64), contentEncoding: "compress" })
    expect(await new Response(body).bytes()).toEqual(wire)
    expect((await ended).reading).toMatchObject({ how: "cut-short", settleAtLeastReservation: true })
  })

  test("INV-9: an upstream that stops early is cut short, with what went by", async () => {
    const { body, ended, ends } = tail({ upstream: streamOf(wire.slice(0, 720), 64) })
    await new Response(body).bytes()
    const { by, reading } = await ended
    expect({ by, how: reading.how, input: reading.usage.inputTokens, ends: ends.length }).toEqual({
      by: "upstream",
      how: "cut-short",
      input: 25,
      ends: 1,
    })
  })

  test("INV-9: an upstream that fails ends once and fails the client too", async () => {
    const { body, ended, ends } = tail({ upstream: failing(wire.slice(0, 720)) })
    await expect(new Response(body).bytes()).rejects.toThrow("reset by peer")
    expect({ by: (await ended).by, how: (await ended).reading.how, ends: ends.length }).toEqual({
      by: "upstream-reset",
      how: "cut-short",
      ends: 1,
    })
  })

  test("INV-9: a client that hangs up ends once, aborts and frees the upstream", async () => {
    const upstream = endless("data: 1\n\n")
    const { body, ended, ends, aborts } = tail({ upstream: upstream.stream })
    const client = body.getReader()
    await client.read()
    await client.cancel()
    expect({ by: (await ended).by, ends: ends.length, aborts, cancelled: upstream.cancelled() }).toEqual({
      by: "client",
      ends: 1,
      aborts: ["client gone"],
      cancelled: true,
    })
  })

  test("INV-9: a compressed stream torn in the middle is charged what could be decoded", async () => {
    const encoded = await flushed(createGzip(), wire.slice(0, 720))
    const { body, ended } = tail({ upstream: streamOf(encoded, 7), contentEncoding: "gzip" })
    await new Response(body).bytes()
    expect((await ended).reading).toMatchObject({ how: "cut-short", usage: { inputTokens: 25 } })
  })

  test("onUsage is told of totals as they rise, while a compressed stream is still open", async () => {
    const { promise: told, resolve } = Promise.withResolvers<number>()
    const encoded = await flushed(createBrotliCompress(), wire.slice(0, 720))
    const { body, ends } = tail({
      upstream: endless(encoded).stream,
      contentEncoding: "br",
      onUsage: (usage) => resolve(usage.outputTokens),
    })
    const client = body.getReader()
    await client.read()
    expect({ told: await told, ends: ends.length }).toEqual({ told: 1, ends: 0 })
    await client.cancel()
  })
})

describe("cut()", () => {
  // prettier-ignore
  test.each([
    // sent before the cut                                what the client reads after it
    ["between events", "data: 1\n\n", ["1", "gone"]],
    ["between, CRLF", "data: 1\r\n\r\n", ["1", "gone"]],
    ["inside a line", 'data: 1\n\nevent: x\ndata: {"a', ["1", "interrupted", "gone"]],
    ["between lines", "data: 1\n\nevent: x\ndata: 2\n", ["1", "interrupted", "gone"]],
    ["after a CR", "data: 1\r\rdata: 2\r", ["1", "interrupted", "gone"]],
    ["before anything", "", ["gone"]],
  ] as const)("INV-9: %s, the client reads a whole last event and then the end", async (_where, sent, expected) => {
    const upstream = endless(sent)
    const { body, cut, ended, ends, aborts } = tail({ upstream: upstream.stream })
    const client = body.getReader()
    let text = sent === "" ? "" : new TextDecoder().decode((await client.read()).value)
    cut(new TextEncoder().encode("event: error\ndata: gone\n\n"))
    cut(new TextEncoder().encode("event: error\ndata: twice\n\n"))
    for (let part = await client.read(); !part.done; part = await client.read())
      text += new TextDecoder().decode(part.value)
    expect(await readEvents(text)).toEqual([...expected])
    expect({ by: (await ended).by, ends: ends.length, aborts, cancelled: upstream.cancelled() }).toEqual({
      by: "cut",
      ends: 1,
      aborts: ["cut"],
      cancelled: true,
    })
  })

  test("an encoded stream is broken off: plain bytes cannot follow encoded ones", async () => {
    const { body, cut, ended } = tail({ upstream: endless("\x1f\x8b").stream, contentEncoding: "gzip" })
    const client = body.getReader()
    await client.read()
    cut(new TextEncoder().encode("event: error\n\n"))
    await expect(client.read()).rejects.toThrow("Cut by bot-bottle")
    expect((await ended).by).toBe("cut")
  })

  test("onUsage may cut the stream it is told about", async () => {
    const upstream = endless(plain.section("streaming"))
    const { body, ended } = tail({
      upstream: upstream.stream,
      onUsage: (_usage, cut) => cut(new TextEncoder().encode("event: error\n\n")),
    })
    expect(await new Response(body).text()).toEndWith("event: error\n\n")
    expect((await ended).by).toBe("cut")
  })

  test("INV-9: over real sockets, hanging up and cutting both end the upstream and settle once", async () => {
    const ends: StreamEnd[] = []
    const upstreamGone: string[] = []
    let gone = Promise.withResolvers<void>()
    let settled = Promise.withResolvers<void>()
    await using upstream = Bun.serve({
      port: 0,
      fetch: (request) => {
        request.signal.addEventListener("abort", () => {
          upstreamGone.push("gone")
          gone.resolve()
        })
        return new Response(endless(plain.section("streaming").slice(0, 720)).stream)
      },
    })
    let cut: ((ending?: Uint8Array) => void) | undefined
    await using proxy = Bun.serve({
      port: 0,
      fetch: async () => {
        const aborter = new AbortController()
        const answer = await fetch(upstream.url, { signal: aborter.signal, decompress: false })
        const tailed = tailUsage({
          upstream: answer.body,
          meter: createMeter(),
          contentEncoding: "",
          abort: () => aborter.abort(),
          onEnd: (end) => {
            ends.push(end)
            settled.resolve()
          },
        })
        cut = tailed.cut
        return new Response(tailed.body)
      },
    })

    const hangUp = new AbortController()
    const first = await fetch(proxy.url, { signal: hangUp.signal })
    await first.body!.getReader().read()
    hangUp.abort()
    await Promise.all([gone.promise, settled.promise])

    gone = Promise.withResolvers()
    settled = Promise.withResolvers()
    const second = (await fetch(proxy.url)).body!.getReader()
    let text = new TextDecoder().decode((await second.read()).value)
    cut!(api.streamEnding({ reason: "cut-off", message: "Cut off by the operator", hint: "Ask them" }))
    for (let part = await second.read(); !part.done; part = await second.read())
      text += new TextDecoder().decode(part.value)
    await Promise.all([gone.promise, settled.promise])

    expect(text).toContain("Cut off by the operator")
    expect({ by: ends.map((end) => end.by), upstreamGone }).toEqual({
      by: ["client", "cut"],
      upstreamGone: ["gone", "gone"],
    })
  })
})

function createMeter(name = api.name, maxOutputTokens?: number): ResponseMeter {
  return findModelApi(name)!.createMeter(responseHead({ inputTokens: 20, maxOutputTokens }))
}

function tail(
  options: Partial<Omit<TailOptions, "onUsage">> & {
    onUsage?: (usage: { outputTokens: number }, cut: (ending?: Uint8Array) => void) => void
  },
) {
  const ends: StreamEnd[] = []
  const aborts: string[] = []
  const { promise: ended, resolve } = Promise.withResolvers<StreamEnd>()
  const { onUsage, ...rest } = options
  const tailed = tailUsage({
    upstream: null,
    meter: createMeter(),
    contentEncoding: "",
    abort: (reason) => aborts.push(reason),
    onEnd: (end) => {
      ends.push(end)
      resolve(end)
    },
    ...(onUsage && { onUsage: (usage) => onUsage(usage, tailed.cut) }),
    ...rest,
  })
  return { ...tailed, ended, ends, aborts }
}

function expectBill({ reading }: StreamEnd, expected: unknown): void {
  const bill = expected as MeterReading
  if (bill.how !== "cut-short") {
    expect(reading).toEqual(bill)
    return
  }
  // What it streamed is an estimate: not under what is known, and not out of all proportion.
  expect(reading.usage.outputTokens).toBeWithin(bill.usage.outputTokens, bill.usage.outputTokens * 3)
  expect({ ...reading, usage: { ...reading.usage, outputTokens: bill.usage.outputTokens } }).toEqual(bill)
}

/** Sends `first` and then nothing, and never ends of itself. */
function endless(first: string | Uint8Array = "") {
  let cancelled = false
  const stream = new ReadableStream<Uint8Array>({
    start: (controller) => {
      if (first.length > 0) controller.enqueue(typeof first === "string" ? new TextEncoder().encode(first) : first)
    },
    cancel: () => {
      cancelled = true
    },
  })
  return { stream, cancelled: () => cancelled }
}

function failing(first: Uint8Array): ReadableStream<Uint8Array> {
  let sent = false
  return new ReadableStream({
    pull(controller) {
      if (sent) return controller.error(new Error("reset by peer"))
      sent = true
      controller.enqueue(first)
    },
  })
}

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
