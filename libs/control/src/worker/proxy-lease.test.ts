import { expect, test } from "bun:test"
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { EGRESS_FILES, type RunLease } from "@bot-bottle/contracts"
import { parseRunLease } from "@bot-bottle/contracts/messages/run-lease"
import { waitFor } from "@bot-bottle/testkit"
import { createProxyLease, SERVES_MS } from "./proxy-lease.ts"

const STATUS = { protocol: 1, slug: "a-00000", egress: "open", openStreams: 0, requests: 0, denied: 0 }

test("INV-48: a proxy begins with the newest lease and is told of each renewal, with the time of its question", async () => {
  using setting = createSetting()
  const { lease, told } = setting
  lease.renewed(2_000.7)
  expect(lease.current).toEqual({ askedAtMs: 2_000, servesMs: SERVES_MS })
  lease.follow(setting.folder)
  await using _ = setting.listen()
  lease.renewed(3_000)
  await waitFor("the renewal", async () => told.at(-1)?.askedAtMs === 3_000 || undefined)
  // An answer that was overtaken by a later one.
  lease.renewed(2_500)
  lease.renewed(4_000)
  await waitFor("the next", async () => told.at(-1)?.askedAtMs === 4_000 || undefined)
  expect(told).toEqual([3_000, 4_000].map((askedAtMs) => ({ askedAtMs, servesMs: SERVES_MS })))
})

test("INV-48: a proxy that still starts is told of the newest renewal once it answers, and of none after it", async () => {
  using setting = createSetting()
  const { lease, told } = setting
  lease.follow(setting.folder)
  lease.renewed(2_000)
  lease.renewed(3_000)
  await using _ = setting.listen()
  await waitFor("the renewal", async () => told.at(-1)?.askedAtMs === 3_000 || undefined)
  // The first try may have been under way when the proxy began to answer.
  expect(told.map(({ askedAtMs }) => askedAtMs)).toEqual(told.length === 1 ? [3_000] : [2_000, 3_000])
})

// biome-ignore format: a table
test.each([
  // ended at                 the lease was renewed    the proxy served to the end
  [1_000 + SERVES_MS - 1,     undefined,               true],
  [1_000 + SERVES_MS,         undefined,               false],
  // The proxy was not told of it.
  [1_000 + SERVES_MS,         2_000,                   false],
] as const)("INV-48: an agent that ended at %d, with a lease renewed at %p, counts as served to its end: %p", (endedAtMs, renewedAtMs, served) => {
  const lease = createProxyLease({ takenAtMs: 1_000, uptimeMs: () => endedAtMs })
  if (renewedAtMs !== undefined) lease.renewed(renewedAtMs)
  expect(lease.servedToTheEnd).toBe(false)
  lease.agentEnded()
  expect(lease.servedToTheEnd).toBe(served)
})

function createSetting() {
  const folder = mkdtempSync(join(tmpdir(), "proxy-lease-"))
  const told: RunLease[] = []
  return {
    folder,
    told,
    lease: createProxyLease({ takenAtMs: 1_000, uptimeMs: () => 4_000 }),
    listen() {
      const server = Bun.serve({
        unix: join(folder, EGRESS_FILES.control),
        async fetch(request) {
          const lease = parseRunLease(await request.text())
          if (lease.outcome === "parsed") {
            const { askedAtMs, servesMs } = lease.message
            told.push({ askedAtMs, servesMs })
          }
          return Response.json(STATUS)
        },
      })
      return { [Symbol.asyncDispose]: () => server.stop(true) }
    },
    [Symbol.dispose]: () => rmSync(folder, { recursive: true, force: true }),
  }
}
