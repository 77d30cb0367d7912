// Each check of the self-test, failing: what must be out of reach is given a place on this host's own
// loopback, so that the way there is real. That all hold in a bottle is shown where bottles are.

import { expect, test } from "bun:test"
import { openNameServer } from "./names/name-server.ts"
import { createNameTable } from "./names/name-table.ts"
import { type Outside, runSelfTest, type SelfTestCheck } from "./self-test.ts"

const NOWHERE: Outside = { address: "127.0.0.1", address6: "::1", port: 9, interfaces: () => [] }

test.each([
  ["raw IP", { address: "127.0.0.1" }, "connected"],
  ["raw IP", { interfaces: () => ["eth0"] }, "interface eth0"],
  ["IPv6", { address6: "::1" }, "connected"],
  ["UDP", { address: "127.0.0.1" }, "sent"],
] as const)("INV-75: %s that can be reached is found: %o", async (check, outside, seen) => {
  await using world = await openWorld()
  expect(await world.find(check, { port: world.port, ...outside })).toEqual({ seen, ok: false })
})

test("INV-75: a place that refuses us is still one that a route leads to", async () => {
  await using world = await openWorld()
  expect(await world.find("raw IP", {})).toEqual({ seen: "a route", ok: false })
})

test.each([
  // check            proxy's answer to CONNECT                                                   seen                    holds
  ["unlisted host", "HTTP/1.1 200 Connection established\r\n\r\n", "200", false],
  ["unlisted host", "HTTP/1.1 403 Forbidden\r\nx-bot-bottle-reason: cut-off\r\n\r\n", "403 cut-off", false],
  [
    "unlisted host",
    "HTTP/1.1 403 Forbidden\r\nx-bot-bottle-reason: host-not-allowed\r\n\r\n",
    "403 host-not-allowed",
    true,
  ],
  ["unlisted host", "", "no answer", false],
  ["fronted SNI", "HTTP/1.1 200 Connection established\r\n\r\n\x16\x03\x03", "answered", false],
  ["fronted SNI", "HTTP/1.1 403 Forbidden\r\n\r\n", "tunnel refused: HTTP/1.1 403", false],
  ["fronted SNI", "HTTP/1.1 200 Connection established\r\n\r\n", "closed", true],
  ["fronted SNI", "", "tunnel refused: ", false],
] as const)("INV-75: %s, when the proxy says %p", async (check, answer, seen, ok) => {
  await using world = await openWorld({ answer })
  expect(await world.find(check, {})).toEqual({ seen, ok })
})

test("INV-75: an unlisted name that has an address is found, and so is a name server that fails", async () => {
  for (const [ports, seen, ok] of [
    [[443], "an address", false],
    ["silent", "error 2", false],
    [[], "no such name", true],
  ] as const) {
    await using world = await openWorld({ ports })
    expect(await world.find("DNS", {})).toEqual({ seen, ok })
  }
})

test("INV-75: a listed host that cannot be reached is found", async () => {
  await using world = await openWorld()
  expect((await world.find("listed host", {})).ok).toBe(false)
})

/** A proxy that gives one answer to everything, and a name server that knows every name alike. */
async function openWorld({ answer = "", ports = [] }: { answer?: string; ports?: readonly number[] | "silent" } = {}) {
  const proxy = Bun.listen({
    hostname: "127.0.0.1",
    port: 0,
    socket: { data: (socket) => void socket.end(Buffer.from(answer, "latin1")) },
  })
  const six = Bun.listen({ hostname: "::1", port: proxy.port, socket: { data() {} } })
  const names = await openNameServer({
    port: 0,
    names: createNameTable(),
    lookup: { find: async () => (ports === "silent" ? undefined : { ports, isUnlisted: false }) },
    onPorts: () => {},
  })
  return {
    port: proxy.port,
    async find(check: SelfTestCheck, outside: Partial<Outside>) {
      const findings = await runSelfTest(
        {
          listedHost: "listed.invalid",
          unlistedHost: "unlisted.invalid",
          caFile: "/dev/null",
          proxyPort: proxy.port,
          dnsPort: names.port,
        },
        Promise.resolve(),
        { ...NOWHERE, ...outside },
      )
      const { seen, ok } = findings.find((finding) => finding.check === check)!
      return { seen, ok }
    },
    async [Symbol.asyncDispose]() {
      proxy.stop(true)
      six.stop(true)
      names.close()
    },
  }
}
