// A thousand held requests cost other traffic nothing: measured beside each other, in one proxy.

import { expect, test } from "bun:test"
import { waitFor } from "@bot-bottle/testkit"
import { connectRaw, type RawConnection } from "../testing/raw-connection.ts"
import { route, startTestProxy } from "../testing/test-proxy.ts"
import { startUpstream } from "../testing/upstream.ts"

const HELD = 1_000
const REQUESTS = 400
const LISTED = "listed.example.com"

test("a thousand requests wait at once, and others are answered as fast as before", async () => {
  await using upstream = startUpstream({ host: LISTED, scheme: "http" })
  await using proxy = await startTestProxy({
    routes: [route(LISTED, { scheme: "http" })],
    resolve: { [LISTED]: upstream.address },
    supervise: { onUnlisted: "ask", onMatch: "refuse", askTimeoutMs: 60_000 },
    logLevel: 0,
  })
  const held = async () => (await proxy.control("GET", "/status")).held
  await measure(proxy.frontPath)
  const before = await measure(proxy.frontPath)

  // One after another: the kernel's queue of connections is shorter than this.
  const waiting: RawConnection[] = []
  for (let index = 0; index < HELD; index++) waiting.push(await connectRaw(proxy.frontPath))
  for (const raw of waiting) raw.send("GET http://new.example.com/ HTTP/1.1\r\nHost: new.example.com\r\n\r\n")
  await waitFor("a thousand holds", async () => (await held()) === HELD)
  const during = await measure(proxy.frontPath)
  expect((await proxy.ledger.pendingProposals()).length).toBe(1)

  await proxy.control("POST", "/cutoff")
  const answers = await Promise.all(waiting.map((raw) => raw.readResponse()))
  expect(new Set(answers.map((answer) => answer?.headers["x-bot-bottle-reason"]))).toEqual(new Set(["cut-off"]))
  expect(await held()).toBe(0)
  for (const raw of waiting) raw[Symbol.dispose]()
  // A machine that is shared is never still: a hold that cost a turn each would be far above this.
  expect(during).toBeLessThan(Math.max(before * 2, before + 1))
}, 60_000)

/** The median of requests one after another on one connection, in milliseconds. */
async function measure(front: string): Promise<number> {
  using raw = await connectRaw(front)
  const times: number[] = []
  for (let index = 0; index < REQUESTS; index++) {
    const startedAtMs = performance.now()
    raw.send(`GET http://${LISTED}/ HTTP/1.1\r\nHost: ${LISTED}\r\n\r\n`)
    expect((await raw.readResponse())?.status).toBe(200)
    times.push(performance.now() - startedAtMs)
  }
  return times.toSorted((a, b) => a - b)[REQUESTS / 2] ?? Number.NaN
}
