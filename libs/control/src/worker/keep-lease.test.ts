import { expect, test } from "bun:test"
import { keepLease, LEASE_MS } from "./keep-lease.ts"

test("INV-48: a lease that is renewed is kept", async () => {
  const { options, clock, lost, asked } = trial(async () => true)
  await using lease = keepLease(options)
  for (let round = 1; round <= 3; round++) {
    clock.ms += 1_500
    await asked(round)
  }
  expect([lease.isLost(), lost.count]).toEqual([false, 0])
})

test("INV-48: a question that hangs does not lose a lease that the next one renews", async () => {
  const never = new Promise<boolean>(() => {})
  const { options, clock, lost, asked } = trial((round) => (round === 1 ? never : Promise.resolve(true)))
  const lease = keepLease(options)
  for (let round = 1; round <= 3; round++) {
    clock.ms += 1_500
    await asked(round)
  }
  expect([lease.isLost(), lost.count]).toEqual([false, 0])
})

// biome-ignore format: a table
test.each<[string, number, () => Promise<boolean>]>([
  ["another worker has the job",   1_100,              async () => false],
  ["the database does not answer", LEASE_MS / 2 + 600, () => Promise.reject(new Error("gone"))],
  ["an answer never comes",        LEASE_MS / 2 + 600, () => new Promise<boolean>(() => {})],
])("INV-48: the work is ended once, well before the lease is over, when %s", async (_why, afterMs, renew) => {
  const { options, clock, lost } = trial(renew)
  const lease = keepLease(options)
  // The machine slept, or time just passed: both count.
  clock.ms += afterMs
  await lost.happened
  expect([lease.isLost(), lost.count]).toEqual([true, 1])
})

test("INV-48: a process that was stopped knows that its lease is too old before its timer fires", () => {
  const { options, clock } = trial(async () => true)
  const lease = keepLease(options)
  expect(lease.isLost()).toBe(false)
  clock.ms += LEASE_MS / 2 + 600
  expect(lease.isLost()).toBe(true)
})

function trial(renew: (round: number) => Promise<boolean>) {
  const clock = { ms: 1_000_000 }
  const happened = Promise.withResolvers<void>()
  const lost = { count: 0, happened: happened.promise }
  const rounds: PromiseWithResolvers<void>[] = Array.from({ length: 5 }, () => Promise.withResolvers())
  let round = 0
  const options = {
    renew() {
      rounds[round++]?.resolve()
      return renew(round)
    },
    takenAtMs: clock.ms,
    onLost() {
      lost.count++
      happened.resolve()
    },
    uptimeMs: () => clock.ms,
  }
  return { options, clock, lost, asked: (nth: number) => rounds[nth - 1]?.promise }
}
