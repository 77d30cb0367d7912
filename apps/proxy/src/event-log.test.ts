import { expect, test } from "bun:test"
import { existsSync, statSync } from "node:fs"
import { join } from "node:path"
import { EGRESS_FILES } from "@bot-bottle/contracts"
import { openTempFolder } from "@bot-bottle/testkit"
import { createEventIds, openEventLog } from "./event-log.ts"
import { OBSERVED_RULE } from "./observed-routes.ts"
import { readEvents } from "./testing/test-proxy.ts"

const DENIED = { reason: "host-not-allowed", host: "evil.example", port: 443 } as const
const FORWARDED = { method: "GET", host: "api.example.com", port: 443, path: "/x", status: 200 } as const

test.each([
  // level  written
  [0, []],
  [1, ["denied"]],
  [2, ["denied", "forwarded"]],
] as const)("level %p writes %p and counts everything", async (logLevel, kinds) => {
  await using folder = await openTempFolder()
  const path = join(folder.path, "events.jsonl")
  const log = openEventLog({ path, logLevel, watch })
  log.recordDenied(DENIED)
  log.recordForwarded(FORWARDED)
  log.close()
  expect(readEvents(path).map(({ kind }) => kind)).toEqual([...kinds])
  expect([log.denied, log.forwarded]).toEqual([1, 1])
})

test("a line holds the event and when it was", async () => {
  await using folder = await openTempFolder()
  const path = join(folder.path, "events.jsonl")
  const log = openEventLog({ path, logLevel: 1, watch })
  log.recordDenied(DENIED)
  log.close()
  const [line] = readEvents(path)
  expect(line).toEqual({ id: expect.any(String), at: new Date(line!.at).toISOString(), kind: "denied", ...DENIED })
})

test("a request that was only observed is written at every level, as such", async () => {
  await using folder = await openTempFolder()
  const path = join(folder.path, "events.jsonl")
  const log = openEventLog({ path, logLevel: 0, watch })
  log.recordForwarded({ ...FORWARDED, rule: OBSERVED_RULE })
  log.recordForwarded(FORWARDED)
  log.close()
  expect(readEvents(path).map(({ kind }) => kind)).toEqual(["observed"])
})

test("no two events have one id, also when the clock stands or is set back", () => {
  const clock = [1_000, 1_000, 1_001, 900, 900, 1_001, 1_002]
  const next = createEventIds(() => clock.shift() ?? 0)
  expect(Array.from({ length: 7 }, next)).toEqual(["rs", "rs-1", "rt", "rt-1", "rt-2", "rt-3", "ru"])
})

test("a bottle that asks for trouble in a loop does not fill the disk", async () => {
  await using folder = await openTempFolder()
  const path = join(folder.path, EGRESS_FILES.events)
  const log = openEventLog({ path, logLevel: 1, watch, maxBytes: 1000 })
  for (let index = 0; index < 500; index += 1) log.recordDenied(DENIED)
  log.close()
  expect(existsSync(join(folder.path, EGRESS_FILES.earlierEvents))).toBe(true)
  expect(statSync(path).size + statSync(join(folder.path, EGRESS_FILES.earlierEvents)).size).toBeLessThan(2_500)
  expect(log.denied).toBe(500)
})

const watch = { take: () => {} }
