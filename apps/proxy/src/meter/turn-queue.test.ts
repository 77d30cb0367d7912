import { expect, test } from "bun:test"
import { HOST_SCOPE } from "@bot-bottle/contracts"
import type { ReserveResult } from "@bot-bottle/ledger"
import { createTurnQueue } from "./turn-queue.ts"

test("a request that may leave does not wait", async () => {
  const bench = startBench({ places: 1 })
  expect(await bench.take("a")).toMatchObject({ outcome: "reserved" })
  expect(bench.slept).toEqual([])
})

test("requests leave in the order in which they came, each as soon as another has ended", async () => {
  const bench = startBench({ places: 1 })
  const order: string[] = []
  const taken = ["a", "b", "c", "d"].map(async (name) => {
    await bench.take(name)
    order.push(name)
  })
  for (const [index, turn] of taken.entries()) {
    await turn
    expect(order).toEqual(["a", "b", "c", "d"].slice(0, index + 1))
    bench.free()
  }
})

test("one that comes later does not overtake those that wait", async () => {
  const bench = startBench({ places: 1 })
  await bench.take("a")
  const b = bench.take("b")
  await bench.settled()
  bench.places.free = 1
  const c = bench.take("c")
  bench.free()
  expect([await b, await c]).toMatchObject([{ outcome: "reserved" }, { outcome: "reserved" }])
  expect(bench.attempts).toEqual(["a", "b", "b", "b", "c"])
})

test("a place that another process freed is found without a word from this one", async () => {
  const bench = startBench({ places: 0 })
  const a = bench.take("a")
  await bench.settled()
  bench.places.free = 1
  bench.tick()
  expect(await a).toMatchObject({ outcome: "reserved" })
  expect(bench.slept).toEqual([1_000])
})

test("after as long as a client waits it is refused, with the seconds after which it is of use again", async () => {
  const bench = startBench({ places: 0 })
  const a = bench.take("a")
  for (let second = 0; second < 5; second++) {
    await bench.settled()
    bench.clock.nowMs += 1_000
    bench.tick()
  }
  expect(await a).toMatchObject({ reason: "fan-out-limit", by: { retryAfterMs: 7_000 } })
})

test("an agent that leaves, and a run that is cut, give their places in the line up", async () => {
  const bench = startBench({ places: 0 })
  const a = bench.take("a")
  const b = bench.take("b")
  await bench.settled()
  bench.leave("a")
  expect(await a).toBe("gone")
  await bench.settled()
  bench.cut.is = true
  bench.tick()
  expect(await b).toBe("gone")
})

test("a budget that is spent meanwhile is told at once, and a ledger that fails fails", async () => {
  const bench = startBench({ places: 0 })
  const a = bench.take("a")
  await bench.settled()
  bench.next.result = { outcome: "refused", reason: "no-price" }
  bench.tick()
  expect(await a).toEqual({ outcome: "refused", reason: "no-price" })
  bench.next.result = undefined
  const b = bench.take("b")
  await bench.settled()
  bench.next.error = new Error("disk full")
  bench.tick()
  await expect(b).rejects.toThrow("disk full")
  bench.next.error = undefined
  bench.places.free = 1
  expect(await bench.take("c")).toMatchObject({ outcome: "reserved" })
})

/** A ledger with so many places, a clock that is moved by hand, and pauses that end by `tick`. */
function startBench({ places: free }: { readonly places: number }) {
  const clock = { nowMs: 0 }
  const places = { free }
  const cut = { is: false }
  const next: { result: ReserveResult | undefined; error: Error | undefined } = { result: undefined, error: undefined }
  const slept: number[] = []
  const attempts: string[] = []
  const agents = new Map<string, { isGone: boolean; leave: () => void }>()
  let wake = Promise.withResolvers<void>()
  const queue = createTurnQueue({
    isCut: () => cut.is,
    beforeRetry: async () => {},
    nowMs: () => clock.nowMs,
    sleep: (ms) => {
      slept.push(ms)
      return wake.promise
    },
    maxWaitMs: 5_000,
  })
  async function reserve(name: string): Promise<ReserveResult> {
    attempts.push(name)
    if (next.error !== undefined) throw next.error
    if (next.result !== undefined) return next.result
    const by = { limit: "parallel", most: 1, scope: HOST_SCOPE, retryAfterMs: 7_000 } as const
    if (places.free === 0) return { outcome: "refused", reason: "fan-out-limit", by }
    places.free--
    return { outcome: "reserved", requestId: name, reservedTokens: 1 }
  }
  const take = (name: string): Promise<ReserveResult | "gone"> => {
    const state = { isGone: false, leave: () => {} }
    agents.set(name, state)
    const agent = {
      get isGone() {
        return state.isGone
      },
      watch(leave: () => void) {
        state.leave = leave
        return () => {}
      },
    }
    return queue.take(() => reserve(name), agent)
  }
  return {
    clock,
    places,
    cut,
    next,
    slept,
    attempts,
    take,
    free() {
      places.free++
      queue.wake()
    },
    tick() {
      wake.resolve()
      wake = Promise.withResolvers()
    },
    leave(name: string) {
      const agent = agents.get(name)
      if (agent === undefined) return
      agent.isGone = true
      agent.leave()
    },
    /** Everything that can run has run. */
    settled: () => new Promise<void>((resolve) => setImmediate(resolve)),
  }
}
