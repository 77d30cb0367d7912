import { expect, test } from "bun:test"
import { createLedgerOutage } from "./ledger-outage.ts"
import { createLedgerWrites } from "./ledger-writes.ts"

test("INV-9: a write that fails is repeated until it is through", async () => {
  const { writes, outages } = ledgerWrites()
  let calls = 0
  const through = Promise.withResolvers<void>()
  writes.enqueue(async () => {
    calls += 1
    if (calls < 4) throw new Error("locked")
    through.resolve()
  })
  await through.promise
  expect(await writes.drain(1_000)).toBe(true)
  expect({ calls, waiting: writes.waiting, outages: outages.length }).toEqual({ calls: 4, waiting: 0, outages: 1 })
})

test("INV-9: one outage is told once, whatever waits for its end, and the next one again", async () => {
  const { writes, outages } = ledgerWrites()
  let locked = true
  const write = async (): Promise<void> => {
    if (locked) throw new Error("locked")
  }
  for (let index = 0; index < 5; index += 1) writes.enqueue(write)
  await Promise.resolve()
  locked = false
  expect(await writes.drain(1_000)).toBe(true)
  expect(outages).toHaveLength(1)
  locked = true
  writes.enqueue(write)
  await Promise.resolve()
  locked = false
  await writes.drain(1_000)
  expect(outages).toHaveLength(2)
})

test("drain gives up in time and says so", async () => {
  const { writes } = ledgerWrites()
  writes.enqueue(() => Promise.reject(new Error("locked for good")))
  expect(await writes.drain(30)).toBe(false)
})

test("drain waits for what is enqueued while it drains", async () => {
  const { writes } = ledgerWrites()
  let second = false
  writes.enqueue(async () => {
    writes.enqueue(async () => {
      second = true
    })
  })
  expect(await writes.drain(1_000)).toBe(true)
  expect(second).toBe(true)
})

function ledgerWrites() {
  const outages: unknown[] = []
  return {
    outages,
    writes: createLedgerWrites({
      outage: createLedgerOutage((error) => outages.push(error)),
      firstPauseMs: 1,
      maxPauseMs: 2,
    }),
  }
}

test("work that will end in writes is waited for, and does not show that the ledger takes them", async () => {
  const seen: string[] = []
  const writes = createLedgerWrites({ outage: { seen: () => {}, over: () => seen.push("over") } })
  const work = Promise.withResolvers<void>()
  writes.expect(work.promise)
  const drained = writes.drain(5_000)
  expect(writes.waiting).toBe(1)
  work.resolve()
  expect([await drained, writes.waiting, seen]).toEqual([true, 0, []])
})
