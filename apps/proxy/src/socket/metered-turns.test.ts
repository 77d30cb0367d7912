import { expect, test } from "bun:test"
import type { ModelRequest, SocketApi, SocketMeter, StreamEnd } from "@bot-bottle/model-apis"
import type { Bill, Billing } from "../meter/billing.ts"
import { createResponseMemory } from "../meter/known-responses.ts"
import { createMeteredTurns } from "./metered-turns.ts"

const USAGE = { inputTokens: 1, cacheReadTokens: 0, cacheWriteTokens: 0, outputTokens: 2, reasoningTokens: 0 }
const REQUEST: ModelRequest = { model: "m", maxOutputTokens: 5, stream: true, inputTokens: 7 }

test("INV-5: a meter that breaks costs the whole reservation, passes the stream on, and no further turn begins", async () => {
  const bench = createBench({
    push: () => {
      throw new Error("broken")
    },
  })
  await bench.turns.pass("billed 1", bench.controls)
  const waiting = bench.turns.pass("billed 2", bench.controls)
  bench.turns.observe("event")
  bench.turns.observe("event")
  await expect(waiting).rejects.toThrow("broken")
  await expect(bench.turns.pass("billed 3", bench.controls)).rejects.toThrow("broken")
  bench.turns.end("upstream-reset")
  expect(bench.forwarded).toEqual(["billed 1"])
  expect(bench.ends).toEqual([
    {
      by: "upstream-reset",
      reading: { how: "cut-short", usage: USAGE, estimated: true, settleAtLeastReservation: true },
    },
  ])
})

test("INV-5: what is free continues while a turn is under way, and takes no reservation", async () => {
  const bench = createBench({})
  await bench.turns.pass("billed 1", bench.controls)
  await bench.turns.pass("free", bench.controls)
  expect([bench.forwarded, bench.reserved()]).toEqual([["billed 1", "free"], 1])
})

test("INV-9: a run that is cut while the ledger is asked gives the reservation back, and nothing leaves", async () => {
  const bench = createBench({}, { isCutMeanwhile: true })
  await bench.turns.pass("billed 1", bench.controls)
  expect([bench.forwarded, bench.released(), bench.turns.isUnderWay]).toEqual([[], 1, false])
})

test("INV-9: a message that fails in our own hands gives the reservation back", async () => {
  const bench = createBench({}, { clampFails: true })
  await expect(bench.turns.pass("billed 1", bench.controls)).rejects.toThrow("out of memory")
  expect([bench.forwarded, bench.released(), bench.turns.isUnderWay]).toEqual([[], 1, false])
})

test("INV-5: a turn that ends with the socket is settled once, however often it is ended", async () => {
  const bench = createBench({})
  await bench.turns.pass("billed 1", bench.controls)
  bench.turns.end("client")
  bench.turns.end("cut")
  expect(bench.ends.map(({ by }) => by)).toEqual(["client"])
})

test("a denial is in the API's words, and written down", async () => {
  const bench = createBench({}, { refuses: true })
  await bench.turns.pass("billed 1", bench.controls)
  expect([bench.told, bench.denied, bench.forwarded]).toEqual([["denied: budget-exhausted"], ["budget-exhausted"], []])
})

function createBench(
  meter: Partial<SocketMeter>,
  { isCutMeanwhile = false, refuses = false, clampFails = false } = {},
) {
  const forwarded: unknown[] = []
  const told: unknown[] = []
  const denied: string[] = []
  const ends: StreamEnd[] = []
  let reserved = 0
  let released = 0
  const denial = { reason: "budget-exhausted", message: "", hint: "" } as const
  const cutState = { metered: denial, others: denial }
  const bill: Bill = {
    clampOutputTokens: clampFails ? 5 : undefined,
    release: () => {
      released += 1
    },
    settleUnknown: () => {},
    settleUnanswered: () => {},
    settle: (end) => {
      ends.push(end)
    },
    watch: undefined,
  }
  const billing: Billing = {
    async reserve() {
      reserved += 1
      return refuses ? denial : bill
    },
  }
  const api: SocketApi = {
    readMessage: (message) => (message === "free" ? { kind: "free" } : { kind: "billed", request: REQUEST }),
    clampOutput(message) {
      if (clampFails) throw new Error("out of memory")
      return message
    },
    createMeter: () => ({
      push: () => {},
      usage: USAGE,
      ended: false,
      responseId: undefined,
      chainTokens: 0,
      end: () => ({ how: "cut-short", usage: USAGE, estimated: true }),
      ...meter,
    }),
    denial: ({ reason }) => `denied: ${reason}`,
  }
  const turns = createMeteredTurns({
    api,
    provider: "codex",
    billing,
    known: createResponseMemory(),
    egress: { cutState: isCutMeanwhile ? cutState : undefined },
    place: "api.openai.com",
    session: undefined,
    recordDenied: ({ reason }) => denied.push(reason),
    serverFetchLimits: () => ({ rule: "refuse", routes: [], place: "api.openai.com" }),
  })
  return {
    turns,
    controls: {
      forward: (message: unknown) => forwarded.push(message),
      tell: (message: unknown) => told.push(message),
    },
    forwarded,
    told,
    denied,
    ends,
    reserved: () => reserved,
    released: () => released,
  }
}
