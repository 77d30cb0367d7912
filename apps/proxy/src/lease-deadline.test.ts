import { expect, test } from "bun:test"
import { createLeaseDeadline } from "./lease-deadline.ts"

const FIRST = { askedAtMs: 10_000, servesMs: 4_500 }

// biome-ignore format: a table
test.each<[string, number, readonly (readonly [atMs: number, askedAtMs: number])[], number, "serves" | "refuses"]>([
  // what                                        read at  renewals, and when each arrived       at      then
  ["no renewal, in time",                        10_000,  [],                                   14_499, "serves"],
  ["no renewal, at the deadline",                10_000,  [],                                   14_500, "refuses"],
  ["a configuration that was read late",         14_000,  [],                                   14_500, "refuses"],
  ["a renewal in time",                          10_000,  [[11_050, 11_000]],                   15_499, "serves"],
  ["a renewal in time, at its own deadline",     10_000,  [[11_050, 11_000]],                   15_500, "refuses"],
  ["a renewal that arrives late counts from its question", 10_000, [[14_400, 11_000]],          15_500, "refuses"],
  ["a renewal after the deadline opens again",   10_000,  [[15_000, 14_900]],                   19_399, "serves"],
  ["one from before the stop does not",          10_000,  [[30_000, 11_000]],                   30_000, "refuses"],
  ["an older one takes nothing back",            10_000,  [[12_050, 12_000], [12_100, 11_000]], 16_499, "serves"],
  ["a time to come gives no more than now",      10_000,  [[11_000, 99_000]],                   15_500, "refuses"],
])("INV-48: %s", (_what, readAtMs, renewals, atMs, then) => {
  const clock = { ms: readAtMs }
  const lease = createLeaseDeadline({ first: FIRST, uptimeMs: () => clock.ms })
  for (const [arrivedAtMs, askedAtMs] of renewals) {
    clock.ms = arrivedAtMs
    expect(lease.renew({ askedAtMs, servesMs: 4_500 })).toBe(true)
  }
  clock.ms = atMs
  expect(lease.denial?.reason).toBe(then === "serves" ? undefined : "lease-expired")
  lease.close()
})

test("a run without a lease has no deadline, takes no renewal, and reads no clock", () => {
  let reads = 0
  const uptimeMs = () => {
    reads++
    return 0
  }
  const lease = createLeaseDeadline({ first: undefined, uptimeMs })
  expect([lease.renew(FIRST), lease.denial, reads]).toEqual([false, undefined, 0])
})
