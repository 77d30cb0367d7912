// Metering across processes: exact bytes, exact tokens, no overshoot, a ledger that fails.
// (Security cases 28, 30, 31.)

import { Database } from "bun:sqlite"
import { expect, test } from "bun:test"
import { readFileSync } from "node:fs"
import { request as httpsRequest } from "node:https"
import { join } from "node:path"
import { GUEST_SHARE_FILES } from "@bot-bottle/contracts"
import { createRunFolders, openTls, type RawConnection, startProxyProcess } from "@bot-bottle/proxy/testing"
import { ask, HOST, readRest, startHeldStream, startWorld, USAGE } from "./proxy-world.ts"

test("INV-8: a stream arrives byte for byte as the provider sends it", async () => {
  await using world = await startWorld({
    standIn: { reply: () => ({ text: "Grüße, 世界, and a longer answer 🎉", usage: USAGE }) },
  })
  using connection = await world.open()
  connection.send(ask({ stream: true }))
  await connection.readHead()
  const through = await readRest(connection)
  const direct = await askDirectly(world.provider.port, world.provider.caPem)
  // Every answer has an id of its own; all else must be equal.
  const plain = (text: string) => text.replace(/msg_[A-Za-z0-9]+/g, "msg_X")
  expect(plain(through)).toBe(plain(direct))
  expect(through).toContain("message_stop")
})

test("INV-5: 64 parallel requests through two proxies at the edge of the host's budget do not overshoot it", async () => {
  await using world = await startWorld({
    limitTokens: 2_000,
    standIn: { reply: () => ({ text: "x", usage: { ...USAGE, outputTokens: 180 } }) },
  })
  await using others = await createRunFolders()
  const { guestShare, egressFolder } = others.paths
  await using second = startProxyProcess({ ...world.config, guestShare, egressFolder })
  await second.first
  const ca = readFileSync(join(guestShare, GUEST_SHARE_FILES.ca), "utf8")
  const connections = await Promise.all(
    Array.from({ length: 64 }, (_, index) =>
      index % 2 === 0 ? world.open() : openTls(second.frontPath, ca, `${HOST}:443`),
    ),
  )
  const statuses = await Promise.all(
    connections.map(async (connection) => {
      connection.send(ask({ maxTokens: 200 }))
      return (await connection.readResponse())?.status
    }),
  )
  const admitted = statuses.filter((status) => status === 200).length
  expect(admitted).toBeGreaterThan(3)
  expect(statuses.filter((status) => status === 402)).toHaveLength(64 - admitted)
  expect(world.provider.bill).toHaveLength(admitted)
  const billed = world.provider.bill.reduce((sum, { usage }) => sum + usage.inputTokens + usage.outputTokens, 0)
  expect(billed).toBeLessThanOrEqual(2_000)
})

test("a ledger that is locked refuses billed requests with 503 and takes every settlement later", async () => {
  await using scene = await startHeldStream()
  const { world, connection, finish } = scene
  using lock = new Database(world.config.ledgerPath)
  lock.run("BEGIN IMMEDIATE")

  using other = await world.open()
  other.send(ask())
  const refused = await other.readResponse()
  expect([refused?.status, refused?.headers["x-bot-bottle-reason"]]).toEqual([503, "ledger-unavailable"])
  expect(await world.proxy.report("ledger-unavailable")).toMatchObject({ message: expect.any(String) })

  // An unbilled request passes, the control socket answers, and the open stream continues to its
  // end.
  other.send(`GET /v1/models HTTP/1.1\r\nHost: ${HOST}\r\n\r\n`)
  expect((await other.readResponse())?.headers["x-bot-bottle-reason"]).toBeUndefined()
  expect(await world.proxy.control("GET", "/status")).toMatchObject({ egress: "open" })
  finish()
  expect(await readRest(connection)).toContain("message_stop")

  lock.run("ROLLBACK")
  world.proxy.closeStdin()
  expect(await world.proxy.exited).toBe(0)
  expect(await world.usage()).toEqual({ requests: 1, estimated: 0, refused: 0, charged: 50 })
})

test("500 streams at once all begin: none waits for another to end", async () => {
  const never = Promise.withResolvers<void>()
  await using world = await startWorld({
    standIn: {
      reply: () => ({ text: "one two", usage: USAGE, beforeEvent: (index) => (index < 2 ? undefined : never.promise) }),
    },
  })
  // A client has ten seconds for its first bytes, and this process is the client of all.
  const connections: RawConnection[] = []
  while (connections.length < 500)
    connections.push(...(await Promise.all(Array.from({ length: 50 }, () => world.open()))))
  const begun = await Promise.all(
    connections.map(async (connection) => {
      connection.send(ask({ stream: true }))
      const head = await connection.readHead()
      await connection.readChunk()
      return head?.status
    }),
  )
  expect(begun).toEqual(Array(500).fill(200))
  expect((await world.proxy.control("GET", "/status")).openStreams).toBe(500)
  never.resolve()
  for (const connection of connections) connection[Symbol.dispose]()
}, 60_000)

function askDirectly(port: number, ca: string): Promise<string> {
  const [, body = ""] = ask({ stream: true }).split("\r\n\r\n")
  const options = {
    host: "127.0.0.1",
    port,
    ca,
    servername: HOST,
    method: "POST",
    path: "/v1/messages",
    headers: { host: HOST, "content-type": "application/json" },
  }
  return new Promise((resolve, reject) => {
    const sent = httpsRequest(options, (response) => {
      let text = ""
      response.setEncoding("utf8").on("data", (part: string) => {
        text += part
      })
      response.on("end", () => resolve(text))
    })
    sent.on("error", reject)
    sent.end(body)
  })
}
