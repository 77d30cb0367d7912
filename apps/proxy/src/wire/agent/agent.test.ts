import { expect, test } from "bun:test"
import { type Denial, parseAuthority } from "@bot-bottle/contracts"
import { refusalReply } from "../answer/refusal.ts"
import { createHeldBytes } from "../body/held-bytes.ts"
import { createPool, type Pool } from "../exchange/pool.ts"
import { Upstream } from "../exchange/upstream.ts"
import type { Site, Verdict } from "../passage.ts"
import { Place } from "../place.ts"
import { Agent } from "./agent.ts"

const HEAD = "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"

test("a body that comes while its head is still judged is not lost, and neither is the request behind it", async () => {
  const judging = Promise.withResolvers<Verdict>()
  const bodies: string[] = []
  const { agent, said } = openAgent(() => (bodies.length === 0 ? judging.promise : holdInto(bodies)))
  agent.receive(Buffer.from(HEAD))
  // The socket was paused by now; a read that was under way comes all the same.
  for (const part of ["2\r\nhi\r\n", "0\r\n\r\n", HEAD, "3\r\ntwo\r\n0\r\n\r\n"]) agent.receive(Buffer.from(part))
  judging.resolve(holdInto(bodies))
  await Bun.sleep(0)
  await Bun.sleep(0)
  expect(bodies).toEqual(["hi", "two"])
  expect(said().split("HTTP/1.1 200 ").length - 1).toBe(2)
})

test.each([
  ["is malformed", (agent: Agent) => agent.receive(Buffer.from("zz"))],
  ["never ends", (agent: Agent) => agent.closed()],
] as const)("a held body that %s gives its room back", (_, go) => {
  const { agent, heldBytes } = openAgent(() => holdInto([]))
  agent.receive(Buffer.from(`${HEAD}5\r\nhello\r\n`))
  expect(heldBytes.take(6)).toBe(false)
  go(agent)
  agent.closed()
  expect(heldBytes.take(10)).toBe(true)
})

test("the filter of a request that is over releases no hold of the next one", async () => {
  const slow = Promise.withResolvers<Uint8Array>()
  const filters = [slow.promise, new Promise<Uint8Array>(() => {})]
  const upstreams: Upstream[] = []
  const { agent, isPaused } = openAgent(() => filteredBy(upstreams, filters.shift() as Promise<Uint8Array>))
  const post = "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\nhi"
  agent.receive(Buffer.from(post))
  expect(isPaused()).toBe(true)
  upstreams[0]?.user?.fromUpstream(Buffer.from("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"))
  expect(isPaused()).toBe(false)
  agent.receive(Buffer.from(post))
  expect(isPaused()).toBe(true)
  slow.resolve(Buffer.from("hi"))
  await Bun.sleep(0)
  expect([isPaused(), upstreams.length]).toEqual([true, 2])
})

function filteredBy(upstreams: Upstream[], pushed: Promise<Uint8Array>): Verdict {
  const pool: Pool = {
    ...createPool(),
    take(key) {
      const quiet = { write: (bytes: Uint8Array) => bytes.length, end() {}, terminate() {}, pause() {}, resume() {} }
      upstreams.push(new Upstream(quiet as unknown as Bun.Socket<unknown>, key, pool))
      return upstreams.at(-1)
    },
  }
  const authority = parseAuthority("a", 443)
  if (authority.kind === "malformed") throw new Error(authority.detail)
  const place = new Place(authority, "https", {
    onSlowDial: () => {},
    addresses: { find: async () => ({ outcome: "refused", reason: "upstream-unreachable" }) },
    pool,
    trust: () => {
      throw new Error("nothing is dialled")
    },
  })
  const unchanged = { startLine: undefined, lines: undefined }
  return {
    kind: "forward",
    log: { method: "POST" },
    outbound: {
      place,
      method: "POST",
      head: undefined,
      body: {
        kind: "filtered",
        filter: { push: () => pushed, end: () => ({ bytes: new Uint8Array(0), trailers: "" }) },
      },
      mayUpgrade: false,
      isBilled: false,
      staysOnHost: false,
      watcher: {
        begin() {},
        interim: () => unchanged,
        open: () => ({ ...unchanged, filter: undefined, isEndable: false, endsWithAgent: false }),
        unanswered: () => ({ reason: "foreign-protocol", message: "no", hint: "no" }),
        over() {},
      },
    },
  }
}

function holdInto(bodies: string[]): Verdict {
  return {
    kind: "hold",
    maxBytes: 100,
    log: { method: "POST" },
    judgeWhole: async ({ bytes }) => {
      bodies.push(Buffer.from(bytes).toString())
      return { kind: "reply", reply: { status: 200, phrase: "OK", lines: [], body: Buffer.from("ok") } }
    },
  }
}

/** With room for ten bytes of bodies. */
function openAgent(judge: Site["judge"]) {
  const heldBytes = createHeldBytes(10)
  let said = ""
  let paused = false
  const describe = (): Denial => ({ reason: "foreign-protocol", message: "no", hint: "no" }) as Denial
  const agent = new Agent({
    socket: {
      write: (bytes) => {
        said += Buffer.from(bytes).toString()
        return bytes.length
      },
      end: () => {},
      terminate: () => {},
      pause() {
        paused = true
      },
      resume() {
        paused = false
      },
    },
    site: { judge, describeMalformed: describe, refuse: (denial) => refusalReply(denial, undefined, undefined) },
    cutDenial: () => undefined,
    onTunnel: () => {},
    reportFailure: (error) => {
      throw error
    },
    firstHeadMs: 1000,
    heldBytes,
  })
  return { agent, heldBytes, said: () => said, isPaused: () => paused }
}
