// A launcher that stops, while its proxy does not.

import { expect, test } from "bun:test"
import { join } from "node:path"
import { EGRESS_FILES } from "@bot-bottle/contracts"
import { encodeRunLease } from "@bot-bottle/contracts/messages/run-lease"
import { readUptimeMs } from "@bot-bottle/kernel"
import { type Program, startProgram, waitFor } from "@bot-bottle/testkit"
import { ask, readRest, startWorld, USAGE } from "./proxy-world.ts"

const SERVES_MS = 1_500

test("INV-48: the proxy of a stopped launcher serves to the deadline of its lease and nothing afterwards", async () => {
  const never = Promise.withResolvers<void>()
  const beganAtMs = readUptimeMs()
  await using world = await startWorld({
    config: { lease: { askedAtMs: Math.floor(beganAtMs), servesMs: SERVES_MS } },
    standIn: {
      reply: () => ({
        text: "one two three",
        usage: USAGE,
        beforeEvent: (index) => (index < 3 ? undefined : never.promise),
      }),
    },
  })
  const { proxy, provider } = world
  await using launcher = startProgram([
    process.execPath,
    join(import.meta.dir, "lease-keeper.ts"),
    join(world.config.egressFolder, EGRESS_FILES.control),
    String(SERVES_MS),
  ])
  await launcher.untilStdout(/renewed 200/)
  using agent = await world.open()
  const say = async () => {
    agent.send(ask())
    const answer = await agent.readResponse()
    return [answer?.status, answer?.headers["x-bot-bottle-reason"]]
  }

  // While it is renewed, no deadline passes.
  await waitFor("the time of two leases", async () => {
    expect(await withinLease(launcher, say)).toEqual([200, undefined])
    return readUptimeMs() > beganAtMs + 2 * SERVES_MS
  })
  const begin = async () => {
    const stream = await world.open()
    stream.send(ask({ stream: true }))
    return { stream, status: (await stream.readHead())?.status }
  }
  const { stream, status } = await withinLease(launcher, begin)
  expect(status).toBe(200)

  launcher.kill("SIGSTOP")
  const stoppedAtMs = readUptimeMs()
  expect(await readRest(stream)).toMatch(/event: error\ndata: .*"lease-expired"/)
  // The proxy may still read a renewal that was asked for before the stop.
  await waitFor("the last deadline", () => readUptimeMs() > stoppedAtMs + SERVES_MS)
  const served = provider.received.length
  expect([await say(), await say()]).toEqual(Array(2).fill([402, "lease-expired"]))
  // An operator's restore is for an operator's cut.
  expect(await proxy.control("POST", "/restore")).toMatchObject({ egress: "cut" })
  expect([await say(), provider.received.length]).toEqual([[402, "lease-expired"], served])

  // Its renewals are good again: here the ledger gave the work to nobody else.
  launcher.kill("SIGCONT")
  expect(await withinLease(launcher, say)).toEqual([200, undefined])

  // Every request that was served is charged, the stream that was ended as well.
  never.resolve()
  proxy.closeStdin()
  await proxy.exited
  const { requests, estimated } = await world.usage()
  expect([requests, estimated > 0]).toEqual([provider.received.length, true])
}, 30_000)

test("a proxy whose run began without a lease takes none", async () => {
  await using world = await startWorld()
  const unix = join(world.config.egressFolder, EGRESS_FILES.control)
  const send = (body: string) => fetch("http://proxy/lease", { unix, method: "POST", body })
  const answers = [await send(encodeRunLease({ askedAtMs: 0, servesMs: 1 })), await send("{}")]
  expect(await Promise.all(answers.map(async (answer) => [answer.status, await answer.json()]))).toEqual([
    [400, { protocol: 1, error: { message: "the run began without a lease" } }],
    [400, expect.objectContaining({ error: { message: expect.stringContaining("the lease cannot be read") } })],
  ])
  expect(await world.proxy.control("GET", "/status")).toMatchObject({ egress: "open" })
})

/** The first answer that came before the end of a renewal that the proxy had taken. A stopped launcher may be late. */
async function withinLease<T>(launcher: Program, say: () => Promise<T>): Promise<T> {
  for (;;) {
    const endsAtMs = await waitFor("a renewal that is good", () => {
      const [, until] = [...launcher.stdout.matchAll(/renewed 200 until (\d+)\n/g)].at(-1) ?? []
      return Number(until) > readUptimeMs() ? Number(until) : undefined
    })
    const answer = await say()
    if (readUptimeMs() < endsAtMs) return answer
  }
}
