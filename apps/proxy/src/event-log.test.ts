import { expect, test } from "bun:test"
import { existsSync, statSync } from "node:fs"
import { join } from "node:path"
import { EGRESS_FILES } from "@bot-bottle/contracts"
import { openTempFolder } from "@bot-bottle/testkit"
import { openEventLog } from "./event-log.ts"
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
  const log = openEventLog({ path, logLevel })
  log.recordDenied(DENIED)
  log.recordForwarded(FORWARDED)
  log.close()
  expect(readEvents(path).map(({ kind }) => kind)).toEqual([...kinds])
  expect([log.denied, log.forwarded]).toEqual([1, 1])
})

test("a line holds the event and when it was", async () => {
  await using folder = await openTempFolder()
  const path = join(folder.path, "events.jsonl")
  const log = openEventLog({ path, logLevel: 1 })
  log.recordDenied(DENIED)
  log.close()
  const [line] = readEvents(path)
  expect(line).toEqual({ at: new Date(line!.at).toISOString(), kind: "denied", ...DENIED })
})

test("a bottle that asks for trouble in a loop does not fill the disk", async () => {
  await using folder = await openTempFolder()
  const path = join(folder.path, EGRESS_FILES.events)
  const log = openEventLog({ path, logLevel: 1, maxBytes: 1000 })
  for (let index = 0; index < 500; index += 1) log.recordDenied(DENIED)
  log.close()
  expect(existsSync(join(folder.path, EGRESS_FILES.earlierEvents))).toBe(true)
  expect(statSync(path).size + statSync(join(folder.path, EGRESS_FILES.earlierEvents)).size).toBeLessThan(2_500)
  expect(log.denied).toBe(500)
})
