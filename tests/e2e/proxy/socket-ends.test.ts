// How a turn on a socket may end, and its charge.

import { Database } from "bun:sqlite"
import { expect, test } from "bun:test"
import type { RunBudgets } from "@bot-bottle/contracts"
import { waitFor } from "@bot-bottle/testkit"
import { settled, startOpenTurns } from "./open-turns.ts"
import { CHARGED, create, readTurn, type SocketWorld, startSocketWorld, USAGE } from "./socket-world.ts"

test("INV-55: an operator's cutoff has the last word on every open socket, whatever the provider does", async () => {
  await using scene = await startOpenTurns(20)
  const { world, clients } = scene
  const ends = clients.map(async (client) => {
    const event = await readTurn(client)
    const { code } = await client.closed
    return { event, code }
  })
  expect(await world.proxy.control("POST", "/cutoff")).toMatchObject({ egress: "cut" })
  // The provider holds every answer back, and continues only further below.
  const ended = await Promise.all(ends)
  expect(ended.map(({ event, code }) => [event.type, event.status, event.error?.code, code])).toEqual(
    Array(20).fill(["error", 400, "invalid_prompt", 1001]),
  )
  // The provider was hung up on, and what was streamed is charged.
  scene.finish()
  await waitFor("the provider to be hung up on", () => world.provider.abandoned === 20)
  await settled(world, 20)
  expect(await world.usage()).toMatchObject({ requests: 20, estimated: 20 })
}, 30_000)

test("INV-5: an agent that leaves in the middle of an answer is charged for it, and the provider is hung up on", async () => {
  await using scene = await startOpenTurns(1)
  const { world, clients } = scene
  clients[0]?.socket.terminate()
  await settled(world, 1)
  expect(await world.usage()).toMatchObject({ requests: 1, estimated: 1 })
  scene.finish()
  await waitFor("the provider to be hung up on", () => world.provider.abandoned === 1)
})

test("INV-5: an answer that the provider breaks off is charged, and broken off for the agent", async () => {
  await using world = await startSocketWorld({
    standIn: { reply: () => ({ text: "some words of an answer", usage: USAGE, tearAfterEvents: 6 }) },
  })
  await using client = await world.open()
  client.socket.send(create())
  expect((await client.closed).code).toBe(1006)
  await settled(world, 1)
  expect(await world.usage()).toMatchObject({ requests: 1, estimated: 1 })
})

test("INV-9: a proxy that is killed in the middle of a turn leaves it reserved; the sweep charges it in full", async () => {
  await using scene = await startOpenTurns(1)
  const { world, clients } = scene
  world.proxy.kill("SIGKILL")
  await clients[0]?.closed
  await world.proxy.exited
  expect((await world.usage()).charged).toBe(0)
  await world.folders.ledger.sweep({ host: world.folders.ledger.host, isAlive: () => false })
  const { requests, estimated, charged } = await world.usage()
  expect([requests, estimated, charged >= 100]).toEqual([1, 1, true])
})

// biome-ignore format: a table
test.each([
  ["is asked to leave",   (world: SocketWorld) => world.proxy.kill("SIGTERM"), false],
  ["loses its launcher",  (world: SocketWorld) => world.proxy.closeStdin(),    true],
] as const)("INV-9: a proxy that %s ends its sockets properly and settles them", async (_what, end, inFull) => {
  await using scene = await startOpenTurns(1)
  const { world, clients } = scene
  const [client] = clients
  if (client === undefined) throw new Error("no client")
  end(world)
  expect(await readTurn(client)).toMatchObject({ type: "error", status: 400, error: { message: expect.stringContaining("This run is ending") } })
  expect(await world.proxy.exited).toBe(0)
  const { requests, estimated, charged } = await world.usage()
  expect([requests, estimated, charged >= 100]).toEqual([1, 1, inFull])
})

test("a ledger that is locked refuses billed messages and takes every settlement later", async () => {
  await using scene = await startOpenTurns(1)
  const { world, clients } = scene
  using lock = new Database(world.ledgerPath)
  lock.run("BEGIN IMMEDIATE")
  await using other = await world.open()
  other.socket.send(create())
  expect(await readTurn(other)).toMatchObject({ type: "error", status: 503 })
  scene.finish()
  const [client] = clients
  if (client !== undefined) expect((await readTurn(client)).type).toBe("response.completed")
  lock.run("ROLLBACK")
  await settled(world, 1)
  expect(await world.usage()).toMatchObject({ requests: 1, estimated: 0, charged: CHARGED })
}, 30_000)

test("gate: off: the turn that crosses the limit is whole, and the next message is refused", async () => {
  await using world = await startSocketWorld({ limitTokens: 40, budgets: { gate: "off" } as Partial<RunBudgets> })
  await using client = await world.open()
  client.socket.send(create())
  expect((await readTurn(client)).type).toBe("response.completed")
  await world.proxy.report("budget-exhausted")
  await client.closed
  const again = await world.handshake("/v1/responses")
  expect("status" in again ? [again.status, again.headers["x-bot-bottle-reason"]] : "opened").toEqual([
    400,
    "budget-exhausted",
  ])
  expect(await world.usage()).toMatchObject({ requests: 1, charged: CHARGED })
})
