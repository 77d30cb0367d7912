// Chunked answers by chance: any chunks, any reads, filters that keep bytes back and change them,
// and an end wherever it comes. With WIRE_FUZZ_SECONDS set it runs that long.

import { expect, test } from "bun:test"
import { BodyReader, CHUNKED } from "@bot-bottle/wire"
import type { InPlaceFilter } from "../body/body-filter.ts"
import { ChunkedAnswer, noteRange } from "./chunked-answer.ts"

const SECONDS = Number(Bun.env["WIRE_FUZZ_SECONDS"] ?? 0)
const SEED = SECONDS > 0 ? Date.now() % 1e9 : 1
const ROUNDS = 3_000
const MASK = 0x2a

test(
  `INV-55: however it is chunked, read, filtered and ended, an answer is one whole body (seed ${SEED})`,
  () => {
    const until = Date.now() + SECONDS * 1000
    for (let round = 0; SECONDS > 0 ? Date.now() < until : round < ROUNDS; round++) {
      const chance = createChance(SEED + round)
      const problem = tryOnce(chance)
      if (problem !== undefined) throw new Error(`seed ${SEED + round}: ${problem}`)
    }
    expect(tryOnce(createChance(SEED))).toBeUndefined()
  },
  (SECONDS + 60) * 1000,
)

type Chance = (below: number) => number

function tryOnce(chance: Chance): string | undefined {
  const payload = Array.from({ length: chance(400) }, () => "abcx\r\n:0"[chance(8)]).join("")
  const isWhole = chance(2) === 0
  const sent = chunked(chance, payload) + (isWhole ? "0\r\n\r\n" : "")
  const reader = new BodyReader()
  const filter = filterOf(chance(4))
  let seen = 0
  let out = ""
  const answer = new ChunkedAnswer("", {
    filter: {
      ...filter,
      push(piece) {
        seen += piece.length
        return filter.push(piece)
      },
    },
    reader,
    out: {
      write(bytes) {
        out += Buffer.from(bytes).toString("latin1")
      },
    },
    isEndable: true,
  })
  reader.start(CHUNKED, noteRange)
  const endAt = isWhole ? sent.length : chance(sent.length + 1)
  for (let at = 0; at < endAt; ) {
    const to = Math.min(endAt, at + 1 + chance(chance(2) === 0 ? 8 : 200))
    answer.relay(Buffer.from(sent.slice(at, to), "latin1"), 0)
    at = to
  }
  if (answer.failure !== undefined) return `broke off: ${answer.failure}`
  if (!isWhole)
    answer.endWith((minBytes) => {
      const kept = filter.end("").bytes
      return Buffer.concat([kept, Buffer.from("!".padStart(minBytes - kept.length, "."))])
    })
  const got = readAll(out)
  const expected = payload.slice(0, seen).replaceAll("x", "*")
  const rest = got.payload.slice(seen)
  if (!got.isWhole) return `no whole body: ${JSON.stringify({ sent, out })}`
  if (got.payload.slice(0, seen) !== expected) return `another payload: ${JSON.stringify({ sent, out, expected })}`
  if (!(isWhole ? rest === "" : /^\.*!$/.test(rest))) return `another end: ${JSON.stringify({ sent, out, rest })}`
  return undefined
}

function chunked(chance: Chance, payload: string): string {
  let text = ""
  for (let at = 0; at < payload.length; ) {
    const part = payload.slice(at, at + 1 + chance(chance(3) === 0 ? 200 : 20))
    const digits = part.length.toString(16).padStart(chance(4), "0")
    const extension = chance(6) === 0 ? `;a="x${chance(100)}"` : ""
    text += `${chance(2) === 0 ? digits : digits.toUpperCase()}${extension}\r\n${part}\r\n`
    at += part.length
  }
  return text
}

/** Masks every x where it stands, and keeps up to so many bytes back. */
function filterOf(keeps: number): InPlaceFilter {
  let held = new Uint8Array(0)
  return {
    push(piece) {
      const bytes = held.length === 0 ? piece : Buffer.concat([held, piece])
      for (let at = 0; at < bytes.length; at++) if (bytes[at] === 120) bytes[at] = MASK
      const kept = Math.min(bytes.length, keeps === 0 ? 0 : (bytes.at(-1) ?? 0) % (keeps + 1))
      held = new Uint8Array(bytes.slice(bytes.length - kept))
      return kept === 0 ? bytes : bytes.subarray(0, bytes.length - kept)
    },
    end(trailers) {
      const bytes = held
      held = new Uint8Array(0)
      return { bytes, trailers }
    },
    written() {},
  }
}

function readAll(text: string) {
  const reader = new BodyReader()
  let payload = ""
  reader.start(CHUNKED, (bytes, from, to) => {
    payload += bytes.toString("latin1", from, to)
  })
  const used = reader.read(Buffer.from(text, "latin1"), 0)
  return { payload, isWhole: reader.done && used === text.length }
}

/** Mulberry32. */
function createChance(seed: number): Chance {
  let state = seed >>> 0
  return (below) => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below
  }
}
