// Clients that do not keep to the protocol, or come in crowds.

import { expect, test } from "bun:test"
import { openTempFolder } from "@bot-bottle/testkit"
import { describeDenial } from "../../describe-denial.ts"
import type { EventLog } from "../../event-log.ts"
import { createLeafContexts } from "../../run-ca/leaf-contexts.ts"
import { createRunCa } from "../../run-ca/run-ca.ts"
import { connectRaw } from "../../testing/raw-connection.ts"
import { startTestProxy } from "../../testing/test-proxy.ts"
import { refusalReply } from "../answer/refusal.ts"
import { createHeldBytes } from "../body/held-bytes.ts"
import type { Site } from "../passage.ts"
import type { PlaceOptions } from "../place.ts"
import type { PlaceSiteOptions } from "../sites/place-site.ts"
import { createSites } from "../sites/sites.ts"
import { openFront } from "./front.ts"

test.each([
  ["no head", ""],
  ["half a head", "CONNECT api.example.com:443 HT"],
  ["a head and no ClientHello", "CONNECT api.example.com:443 HTTP/1.1\r\nHost: api.example.com:443\r\n\r\n"],
  [
    "half a ClientHello",
    "CONNECT api.example.com:443 HTTP/1.1\r\nHost: api.example.com:443\r\n\r\n\u0016\u0003\u0001\u0002\u0000\u0001",
  ],
] as const)("a client that sends %s is not waited for", async (_what, bytes) => {
  await using front = await openBareFront()
  const connection = await connectRaw(front.path)
  connection.send(Buffer.from(bytes, "latin1"))
  await connection.closed
})

test.each([
  ["a head", `CONNECT api.example.com:443 HTTP/1.1\r\nX: ${"a".repeat(70_000)}`],
  [
    "a ClientHello",
    `CONNECT api.example.com:443 HTTP/1.1\r\n\r\n\u0016\u0003\u0001\u0040\u0000\u0001\u0000\u00ff\u0000${"a".repeat(20_000)}`,
  ],
] as const)("%s over its limit ends the connection", async (_what, bytes) => {
  await using front = await openBareFront({ firstBytesMs: 60_000 })
  const connection = await connectRaw(front.path)
  connection.send(Buffer.from(bytes, "latin1"))
  await connection.closed
})

test("connections over the limit are closed unread, those within it live on, and room comes back", async () => {
  await using front = await openBareFront({ firstBytesMs: 60_000, maxConnections: 3 })
  const kept = await Promise.all([1, 2, 3].map(() => connectRaw(front.path)))
  for (let attempt = 0; attempt < 20; attempt += 1) await (await connectRaw(front.path)).closed
  const establish = "CONNECT api.example.com:443 HTTP/1.1\r\nHost: api.example.com:443\r\n\r\n"
  for (const connection of kept) {
    connection.send(establish)
    expect((await connection.readResponse("CONNECT"))?.status).toBe(200)
  }

  // Not TLS: the front ends it, and has noticed that it is over.
  kept[0]?.send("no hello")
  await kept[0]?.closed
  const next = await connectRaw(front.path)
  next.send(establish)
  expect((await next.readResponse("CONNECT"))?.status).toBe(200)
  for (const connection of [next, ...kept]) connection[Symbol.dispose]()
})

test("malformed bytes behind a request are not written down for its host", async () => {
  await using proxy = await startTestProxy()
  using client = await connectRaw(proxy.frontPath)
  client.send("GET http://evil.example/ HTTP/1.1\r\nHost: evil.example\r\n\r\n")
  expect((await client.readResponse())?.status).toBe(403)
  client.send("no request\r\n\r\n")
  expect((await client.readResponse())?.status).toBe(400)
  expect(proxy.events().map(({ host, status }) => [host, status])).toEqual([
    ["evil.example", 403],
    ["", undefined],
  ])
})

/** Admits everything, answers nothing. */
async function openBareFront({
  firstBytesMs = 20,
  maxConnections = 100,
}: {
  readonly firstBytesMs?: number
  readonly maxConnections?: number
} = {}) {
  const folder = await openTempFolder()
  const path = `${folder.path}/front.sock`
  const site: Site = {
    judge: () => ({
      kind: "refuse",
      denial: describeDenial("host-not-allowed", "api.example.com"),
      log: { method: "" },
    }),
    describeMalformed: () => describeDenial("foreign-protocol", "api.example.com"),
    refuse: (denial, _log, status) => refusalReply(denial, undefined, status),
  }
  const front = openFront({
    path,
    firstBytesMs,
    maxConnections,
    reportFailure: () => {},
    cutDenial: () => undefined,
    internalNames: { find: () => site },
    sites: createSites({} as PlaceOptions, {} as PlaceSiteOptions),
    heldBytes: createHeldBytes(),
    leaves: createLeafContexts(createRunCa({ slug: "tester-abc12", nowMs: Date.now() })),
    events: { recordDenied: () => {} } as unknown as EventLog,
    tunnelPolicy: {
      admit: () => ({ outcome: "inspect", speaks: "https", site: () => site, survivesCut: false, denial: undefined }),
    },
  })
  return {
    path,
    async [Symbol.asyncDispose]() {
      front.close()
      await folder[Symbol.asyncDispose]()
    },
  }
}

// biome-ignore format: a table
test.each([
  // a client of another protocol    its first bytes                         is told
  ["a proxy that speaks TLS",        [0x16, 3, 1, 0, 5, 1, 0, 0, 1, 0],       "it begins as TLS does"],
  ["SOCKS 5",                        [5, 1, 0],                              "it begins as SOCKS does"],
  ["SOCKS 4",                        [4, 1, 1, 187, 1, 2, 3, 4, 0],          "it begins as SOCKS does"],
  ["a protocol of its own",          [0xff, 1],                              "its first byte begins no HTTP message"],
] as const)("a client that takes the proxy for %s is refused at its first byte, and is in the log", async (_what, first, told) => {
  await using proxy = await startTestProxy()
  using connection = await connectRaw(proxy.frontPath)
  connection.send(Buffer.from(first))
  const answer = await connection.readResponse()
  expect([answer?.status, answer?.headers["x-bot-bottle-reason"]]).toEqual([400, "malformed-host"])
  expect(answer?.body.toString()).toContain(told)
  expect(proxy.events()).toMatchObject([{ kind: "denied", reason: "malformed-host" }])
})
