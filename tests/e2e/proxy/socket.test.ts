// Turns over a metered WebSocket, across processes: billed to the token whatever happens to the
// socket, none without a reservation, and an end at the operator's word (how fast: bench/cutoff).

import { Database } from "bun:sqlite"
import { expect, test } from "bun:test"
import type { RunBudgets } from "@bot-bottle/contracts"
import type { StandInReply } from "@bot-bottle/stand-in"
import { waitFor } from "@bot-bottle/testkit"
import {
  CHARGED,
  create,
  nextEvent,
  REAL_KEY,
  readTurn,
  type SocketWorld,
  type SocketWorldOptions,
  startSocketWorld,
  USAGE,
} from "./socket-world.ts"

test("INV-5: several turns of one socket, text or bytes, warm-up and chain: the ledger is the provider's bill", async () => {
  await using world = await startSocketWorld()
  await using client = await world.open()
  client.socket.send(create({ generate: false, input: [] }))
  const warm = await readTurn(client)
  client.socket.send(create({ previous_response_id: warm.response?.id }))
  const first = await readTurn(client)
  client.socket.send(Buffer.from(create({ previous_response_id: first.response?.id })), { binary: true })
  await readTurn(client)

  await settled(world, 3)
  expect(world.provider.bill.map(({ usage }) => usage)).toEqual([USAGE, USAGE])
  expect(await world.usage()).toMatchObject({ estimated: 0, refused: 0, charged: 2 * CHARGED })
  expect(new Set(world.provider.received.map(({ headers }) => headers["authorization"]))).toEqual(
    new Set([`Bearer ${REAL_KEY}`]),
  )
})

test("INV-8: the events arrive as the provider sends them", async () => {
  await using world = await startSocketWorld({ standIn: { reply: () => ({ text: "Grüße, 世界 🎉", usage: USAGE }) } })
  await using client = await world.open()
  client.socket.send(create())
  const types: string[] = []
  let text = ""
  while (types.at(-1) !== "response.completed") {
    const event = (await nextEvent(client)) as { type: string; delta?: string }
    types.push(event.type)
    text += event.delta ?? ""
  }
  expect({ text, first: types[0], sequence: types.length }).toEqual({
    text: "Grüße, 世界 🎉",
    first: "response.created",
    sequence: 9,
  })
})

test("INV-5: a second message waits until the first is answered, and both are billed", async () => {
  const held = Promise.withResolvers<void>()
  const begun = Promise.withResolvers<void>()
  const reply = (_: unknown, turn: number): StandInReply => ({
    text: `turn ${turn}`,
    usage: USAGE,
    beforeEvent: (index) => {
      if (turn > 0 || index < 3) return
      begun.resolve()
      return held.promise
    },
  })
  await using world = await startSocketWorld({ standIn: { reply } })
  await using client = await world.open()
  client.socket.send(create())
  client.socket.send(create())
  await begun.promise
  // The ping goes past what waits: all that was to arrive with the second message would have.
  client.socket.ping("now")
  await waitFor("the pong", () => client.pongs.length === 1)
  expect(world.provider.bill).toHaveLength(1)
  held.resolve()
  await readTurn(client)
  await readTurn(client)
  await settled(world, 2)
  expect(await world.usage()).toMatchObject({ requests: 2, estimated: 0, charged: 2 * CHARGED })
})

test("INV-5: what does not fit is answered as the API says and never leaves; while others are under way the socket stays open", async () => {
  await using scene = await startOpenTurns(1, { limitTokens: 300 })
  const { world } = scene
  await using client = await world.open()
  for (let turn = 0; turn < 2; turn++) {
    client.socket.send(create({ input: "many words ".repeat(400) }))
    expect(await readTurn(client)).toMatchObject({
      type: "error",
      status: 400,
      error: { code: "invalid_prompt", message: expect.stringContaining("host budget for codex, which is 300.") },
    })
  }
  expect(world.provider.bill).toHaveLength(1)
  expect((await world.usage()).refused).toBe(2)
})

test("INV-55: what is refused with nothing under way cuts the run: one event with our words, then the socket closes", async () => {
  await using world = await startSocketWorld({ limitTokens: 40 })
  await using client = await world.open()
  client.socket.send(create({ input: "many words ".repeat(400) }))
  client.socket.send(create())
  expect(await readTurn(client)).toMatchObject({ type: "error", status: 400 })
  expect(await client.closed).toEqual({ code: 1001, reason: "" })
  await expect(client.next()).rejects.toThrow("closed")
  expect(world.provider.bill).toEqual([])
})

test("INV-5: 32 sockets at once at the edge of the budget do not overshoot it", async () => {
  await using world = await startSocketWorld({
    limitTokens: 2_000,
    standIn: { reply: () => ({ text: "x", usage: { ...USAGE, outputTokens: 180 } }) },
  })
  const clients = await Promise.all(Array.from({ length: 32 }, () => world.open()))
  const ends = await Promise.all(
    clients.map((client) => {
      client.socket.send(create({ max_output_tokens: 200 }))
      return readTurn(client).catch(() => ({ type: "closed" }))
    }),
  )
  const admitted = ends.filter(({ type }) => type === "response.completed").length
  expect(admitted).toBeGreaterThan(3)
  expect(admitted).toBeLessThan(12)
  expect(world.provider.bill).toHaveLength(admitted)
})

test("the output limit is lowered to what is left", async () => {
  await using world = await startSocketWorld({ limitTokens: 400 })
  await using client = await world.open()
  client.socket.send(create({ max_output_tokens: 100_000 }))
  await readTurn(client)
  const [billed] = world.provider.bill
  const asked = JSON.parse(billed?.request.body ?? "{}") as { max_output_tokens: number }
  expect(asked.max_output_tokens).toBeGreaterThan(127)
  expect(asked.max_output_tokens).toBeLessThan(400)
})

// biome-ignore format: a table
test.each([
  ["no JSON",            "hello"],
  ["another type",       JSON.stringify({ type: "session.update" })],
  ["a field twice",      create().replace("{", '{"model":"x",')],
  ["bytes, not text",    Buffer.from([0xff, 0xfe, 0x00])],
] as const)("INV-5: a message that cannot be metered is refused and does not leave: %s", async (_what, message) => {
  await using world = await startSocketWorld()
  await using client = await world.open()
  client.socket.send(message, { binary: typeof message !== "string" })
  expect(await readTurn(client)).toMatchObject({ type: "error", status: 400 })
  client.socket.send(create())
  expect((await readTurn(client)).type).toBe("response.completed")
  expect(world.provider.received.filter(({ method }) => method === "MESSAGE")).toHaveLength(1)
})

test("a WebSocket elsewhere on the provider's host is refused, and so is each handshake of a run that is cut", async () => {
  await using world = await startSocketWorld()
  const elsewhere = await world.handshake("/v1/realtime?model=x")
  await world.proxy.control("POST", "/cutoff")
  const cut = await world.handshake("/v1/responses")
  const refusals = [elsewhere, cut].map((one) =>
    "status" in one ? [one.status, one.headers["x-bot-bottle-reason"], JSON.parse(one.body).error.code] : "opened",
  )
  expect(refusals).toEqual([
    [400, "foreign-protocol", "invalid_prompt"],
    [400, "cut-off", "invalid_prompt"],
  ])
  expect(world.provider.received).toEqual([])
})

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

async function settled(world: SocketWorld, requests: number): Promise<void> {
  const read = async () => {
    using ledger = new Database(world.ledgerPath, { readonly: true })
    const row = ledger.query("SELECT count(*) AS open FROM request WHERE status = 'reserved'").get() as { open: number }
    return (await world.usage()).requests >= requests && row.open === 0
  }
  await waitFor("every turn to be settled", read)
}

/** Sockets each of which waits for the rest of an answer. */
async function startOpenTurns(count: number, options: SocketWorldOptions = {}) {
  const never = Promise.withResolvers<void>()
  const world = await startSocketWorld({
    standIn: {
      reply: () => ({
        text: "one two three",
        usage: USAGE,
        beforeEvent: (index) => (index < 5 ? undefined : never.promise),
      }),
    },
    ...options,
  })
  const clients = await Promise.all(
    Array.from({ length: count }, async () => {
      const client = await world.open()
      client.socket.send(create())
      for (let event = 0; event < 5; event++) await nextEvent(client)
      return client
    }),
  )
  return {
    world,
    clients,
    finish: () => never.resolve(),
    async [Symbol.asyncDispose]() {
      never.resolve()
      for (const { socket } of clients) socket.terminate()
      await world[Symbol.asyncDispose]()
    },
  }
}

test("INV-112: a message that has the provider search the web is refused in the socket, and the next one continues", async () => {
  await using world = await startSocketWorld()
  await using client = await world.open()
  client.socket.send(create({ tools: [{ type: "web_search" }] }))
  const refused = (await nextEvent(client)) as { type: string; status: number; error: { message: string } }
  expect([refused.type, refused.status]).toEqual(["error", 400])
  expect(refused.error.message).toContain("tools[0] web_search would have api.openai.com itself reach any host")
  client.socket.send(create())
  await readTurn(client)
  await settled(world, 1)
  expect(world.provider.received.filter(({ body }) => body.includes("web_search"))).toEqual([])
})

test("INV-110: a message that holds a credential is refused in the socket, and the next one continues", async () => {
  await using world = await startSocketWorld()
  await using client = await world.open()
  client.socket.send(create({ instructions: Buffer.from(REAL_KEY).toString("hex") }))
  const refused = (await nextEvent(client)) as { type: string; status: number; error: { message: string } }
  expect([refused.type, refused.status]).toEqual(["error", 400])
  expect(refused.error.message).toContain("known_secrets")
  client.socket.send(create())
  await readTurn(client)
  await settled(world, 1)
  expect(world.provider.received.filter(({ method }) => method === "MESSAGE")).toHaveLength(1)
})
