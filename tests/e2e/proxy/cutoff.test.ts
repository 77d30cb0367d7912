// The operator's hand: cut, and it is cut.

import { expect, test } from "bun:test"
import { ask, readRest, startWorld, USAGE } from "./proxy-world.ts"

const STREAMS = 100

test("INV-55: an operator's cutoff ends every open stream with our words, whatever the provider does", async () => {
  const never = Promise.withResolvers<void>()
  await using world = await startWorld({
    standIn: {
      reply: () => ({
        text: "one two three",
        usage: USAGE,
        beforeEvent: (index) => (index < 3 ? undefined : never.promise),
      }),
    },
  })
  const connections = await Promise.all(
    Array.from({ length: STREAMS }, async () => {
      const connection = await world.open()
      connection.send(ask({ stream: true }))
      await connection.readHead()
      await connection.readChunk()
      return connection
    }),
  )
  const ends = connections.map(async (connection) => {
    const rest = await readRest(connection)
    return /event: error\ndata: .*"billing_error"/.test(rest)
  })
  expect(await world.proxy.control("POST", "/cutoff")).toMatchObject({ egress: "cut" })
  // The provider holds every answer back, and continues only further below. How fast: bench/cutoff.
  expect(await Promise.all(ends)).toEqual(Array(STREAMS).fill(true))

  // The upstream was hung up on, and what was streamed is charged.
  never.resolve()
  world.proxy.closeStdin()
  await world.proxy.exited
  expect(await world.usage()).toMatchObject({ requests: STREAMS, estimated: STREAMS })
}, 30_000)

test("after a restore the same tunnel works on", async () => {
  await using world = await startWorld()
  using connection = await world.open()
  const say = async () => {
    connection.send(ask())
    const response = await connection.readResponse()
    return [response?.status, response?.headers["x-bot-bottle-reason"]]
  }
  const before = await say()
  await world.proxy.control("POST", "/cutoff")
  const during = await say()
  await world.proxy.control("POST", "/restore")
  expect([before, during, await say()]).toEqual([
    [200, undefined],
    [402, "cut-off"],
    [200, undefined],
  ])
})
