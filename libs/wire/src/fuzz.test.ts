// Messages by grammar, mutated, cut in pieces, and held against llhttp. Short here; with
// WIRE_FUZZ_SECONDS set it runs that long from a seed of its own, which a failure names.

import { expect, test } from "bun:test"
import { askOracle } from "./testing/llhttp.ts"
import { createChance, mutate, writeMessage } from "./testing/message-grammar.ts"
import { type Reading, readMessage } from "./testing/read-message.ts"

const SECONDS = Number(Bun.env["WIRE_FUZZ_SECONDS"] ?? 0)
const SEED = Number(Bun.env["WIRE_FUZZ_SEED"] ?? (SECONDS > 0 ? Date.now() % 1e9 : 1))
const ROUNDS = 4_000
const PIECES = [1, 2, 7, 64] as const

test.each(["request", "response"] as const)(
  `INV-22: what is taken of a %s, llhttp takes with the same framing (seed ${SEED})`,
  (what) => {
    const until = Date.now() + SECONDS * 500
    let taken = 0
    for (let round = 0; SECONDS > 0 ? Date.now() < until : round < ROUNDS; round++) {
      const chance = createChance(SEED + round)
      const whole = writeMessage(chance, what)
      const bytes = chance.below(3) === 0 ? whole : mutate(chance, whole)
      const method = what === "response" && chance.below(8) === 0 ? "HEAD" : "GET"
      const reading = readMessage(bytes, what, undefined, method)
      const problem = findDifference(reading, bytes, what, method) ?? findCutDifference(reading, bytes, what, method)
      if (problem !== undefined)
        throw new Error(`seed ${SEED + round}: ${problem}: ${JSON.stringify(bytes.toString("latin1"))}`)
      if (reading.outcome === "message") taken++
    }
    expect(taken).toBeGreaterThan(ROUNDS / 10)
  },
  (SECONDS + 60) * 1000,
)

function findDifference(
  reading: Reading,
  bytes: Buffer,
  what: "request" | "response",
  method: string,
): string | undefined {
  if (reading.outcome === "refused") return undefined
  const { head } = reading
  // llhttp knows no methods but its own, and ends a request to upgrade at its head.
  if (
    what === "request" &&
    (head?.upgrade !== undefined || (head !== undefined && "method" in head && !KNOWN.has(head.method)))
  )
    return undefined
  if (head?.kind === "response" && head.status < 200) return undefined
  const oracle = askOracle(bytes, what, method, reading.outcome === "message" ? "at the end" : "more to come")
  if (oracle.outcome === "refused")
    return head === undefined ? undefined : `llhttp refuses with ${oracle.code} what was taken`
  if (reading.outcome === "incomplete") {
    if (head === undefined) return undefined
    if (oracle.outcome === "message") return "llhttp sees an end where none was seen"
    return oracle.body.equals(reading.body) ? undefined : "the bodies differ"
  }
  if (head?.framing.kind === "close") return oracle.body.equals(reading.body) ? undefined : "the bodies differ"
  if (oracle.outcome !== "message") return "llhttp sees no end"
  if (!oracle.body.equals(reading.body)) return "the bodies differ"
  if (oracle.end !== reading.end) return `llhttp ends at ${oracle.end}, not at ${reading.end}`
  const names = oracle.headers.map((line) => line.slice(0, line.indexOf(":")).toLowerCase())
  const ours = [...reading.head.names, ...trailerNames(reading.trailers)]
  return Bun.deepEquals(names, ours) ? undefined : `llhttp reads the lines ${names}, not ${ours}`
}

function findCutDifference(
  reading: Reading,
  bytes: Buffer,
  what: "request" | "response",
  method: string,
): string | undefined {
  const seen = summary(reading)
  const differing = PIECES.find((piece) => summary(readMessage(bytes, what, piece, method)) !== seen)
  return differing === undefined ? undefined : `pieces of ${differing} read differently`
}

/** A refused message is compared only as refused: which of its faults is met first depends on the pieces. */
function summary(reading: Reading): string {
  if (reading.outcome === "refused") return "refused"
  if (reading.outcome === "incomplete") return `incomplete ${reading.head === undefined} ${Bun.hash(reading.body)}`
  return `message ${reading.end} ${reading.trailers} ${Bun.hash(reading.body)}`
}

function trailerNames(trailers: string): readonly string[] {
  return trailers
    .split("\r\n")
    .filter((line) => line !== "")
    .map((line) => line.slice(0, line.indexOf(":")).toLowerCase())
}

const KNOWN = new Set(["GET", "POST", "PUT", "DELETE", "HEAD", "PATCH", "PROPFIND", "OPTIONS"])
