// Turns over a metered WebSocket, across processes: billed to the token whatever happens to the
// socket, none without a reservation, and an end at the operator's word (how fast: bench/cutoff).

import { expect, test } from "bun:test"
import type { StandInReply } from "@bot-bottle/stand-in"
import { readJson, waitFor, within } from "@bot-bottle/testkit"
import { settled, startOpenTurns } from "./open-turns.ts"
import { CHARGED, create, nextEvent, REAL_KEY, readTurn, startSocketWorld, USAGE } from "./socket-world.ts"

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
  await within("the first turn to begin", begun.promise)
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
  const asked = readJson(billed?.request.body ?? "", { max_output_tokens: "number" })
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
