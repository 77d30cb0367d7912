import { expect, test } from "bun:test"
import { keepLease, LEASE_MS, type LeaseKeeper, type LeaseOptions } from "./keep-lease.ts"

test("INV-48: a lease that is renewed is kept, and each renewal tells the run", async () => {
  const { options, kept, lost } = trial(async () => true)
  await using lease = keepLease(options)
  lease.setSlug("run-abc12")
  await kept.promise
  expect([lease.isLost(), lost.count]).toEqual([false, 0])
})

// biome-ignore format: a table
test.each<[string, () => Promise<boolean>]>([
  ["another worker has the job",  async () => false],
  ["the database does not answer", () => Promise.reject(new Error("gone"))],
  ["an answer never comes",        () => new Promise<boolean>(() => {})],
])("INV-48: the run is ended once, well before the lease is over, when %s", async (_why, keep) => {
  const { options, clock, lost } = trial(keep)
  const lease: LeaseKeeper = keepLease(options)
  const before = clock.ms
  // The machine slept, or time just passed: both count.
  clock.ms += LEASE_MS / 2 + 1000
  await lost.happened
  expect([lease.isLost(), lost.count, clock.ms - before < LEASE_MS]).toEqual([true, 1, true])
})

function trial(keep: () => Promise<boolean>) {
  const clock = { ms: 1_000_000 }
  const kept = Promise.withResolvers<void>()
  const happened = Promise.withResolvers<void>()
  const lost = { count: 0, happened: happened.promise }
  const options: LeaseOptions = {
    jobs: {
      async keep(_job, { slug }) {
        const answer = await keep()
        if (slug !== undefined) kept.resolve()
        return answer
      },
    },
    job: { id: 1, attempt: 1 },
    takenAtMs: clock.ms,
    onLost() {
      lost.count++
      happened.resolve()
    },
    uptimeMs: () => clock.ms,
  }
  return { options, clock, kept, lost }
}
