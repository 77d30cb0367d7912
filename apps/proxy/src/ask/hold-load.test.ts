// A thousand held requests cost other traffic nothing: measured in turns with a proxy that holds none.

import { expect, test } from "bun:test"
import { waitFor } from "@bot-bottle/testkit"
import { connectRaw, type RawConnection } from "../testing/raw-connection.ts"
import { route, startTestProxy } from "../testing/test-proxy.ts"
import { startUpstream } from "../testing/upstream.ts"

const HELD = 1_000
/** Each of them measures both proxies: a machine that gets busy is busy for both. */
const ROUNDS = 10
const REQUESTS = 40
const LISTED = "listed.example.com"

test("a thousand requests wait at once, and others are answered as fast as without them", async () => {
  await using upstream = startUpstream({ host: LISTED, scheme: "http" })
  const open = () =>
    startTestProxy({
      routes: [route(LISTED, { scheme: "http" })],
      resolve: { [LISTED]: upstream.address },
      supervise: { onUnlisted: "ask", onMatch: "refuse", askTimeoutMs: 60_000 },
      logLevel: 0,
    })
  await using proxy = await open()
  await using idle = await open()
  const held = async () => (await proxy.control("GET", "/status")).held
  // One after another: the kernel's queue of connections is shorter than this.
  const waiting: RawConnection[] = []
  for (let index = 0; index < HELD; index++) waiting.push(await connectRaw(proxy.frontPath))
  for (const raw of waiting) raw.send("GET http://new.example.com/ HTTP/1.1\r\nHost: new.example.com\r\n\r\n")
  await waitFor("a thousand holds", async () => (await held()) === HELD)
  for (const { frontPath } of [proxy, idle]) await measure(frontPath)
  const times: { readonly holding: number[]; readonly without: number[] } = { holding: [], without: [] }
  for (let round = 0; round < ROUNDS; round++) {
    times.holding.push(...(await measure(proxy.frontPath)))
    times.without.push(...(await measure(idle.frontPath)))
  }
  expect((await proxy.ledger.pendingProposals()).length).toBe(1)

  await proxy.control("POST", "/cutoff")
  const answers = await Promise.all(waiting.map((raw) => raw.readResponse()))
  expect(new Set(answers.map((answer) => answer?.headers["x-bot-bottle-reason"]))).toEqual(new Set(["cut-off"]))
  expect(await held()).toBe(0)
  for (const raw of waiting) raw[Symbol.dispose]()
  // A machine that is shared is never still: a hold that cost a turn each would be far above this.
  const without = median(times.without)
  expect(median(times.holding)).toBeLessThan(Math.max(without * 2, without + 1))
}, 60_000)

/** Requests one after another on one connection: how long each took, in milliseconds. */
async function measure(front: string): Promise<readonly number[]> {
  using raw = await connectRaw(front)
  const times: number[] = []
  for (let index = 0; index < REQUESTS; index++) {
    const startedAtMs = performance.now()
    raw.send(`GET http://${LISTED}/ HTTP/1.1\r\nHost: ${LISTED}\r\n\r\n`)
    expect((await raw.readResponse())?.status).toBe(200)
    times.push(performance.now() - startedAtMs)
  }
  return times
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN
}
