import { expect, test } from "bun:test"
import { waitFor } from "@bot-bottle/testkit"
import { BodyReader, CHUNKED } from "@bot-bottle/wire"
import { askRawProvider, messages } from "../testing/billed-proxy.ts"
import type { RawConnection } from "../testing/raw-connection.ts"

const START = 'event: message_start\ndata: {"type":"message_start","message":{"usage":{"input_tokens":25}}}\n\n'
const DELTA =
  'event: content_block_delta\ndata: {"type":"content_block_delta","delta":{"type":"text_delta","text":"Hi"}}\n\n'
const HEAD = "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n"
const size = (text: string, more = 0): string => `${(text.length + more).toString(16)}\r\n`
const whole = `${HEAD}${size(START)}${START}\r\n`

// biome-ignore format: a table
test.each([
  // where                                 what the upstream has sent
  ["between chunks",                       `${whole}${size(DELTA)}${DELTA}\r\n`],
  ["inside an event",                      `${whole}${size(DELTA)}${DELTA.slice(0, 50)}`],
  ["after an event, inside its chunk",     `${whole}${size(DELTA, 5000)}${DELTA}`],
  ["after a chunk's payload",              `${whole}${size(DELTA)}${DELTA}`],
  ["inside a chunk's end",                 `${whole}${size(DELTA)}${DELTA}\r`],
  ["inside a size line",                   `${whole}${size(DELTA)}${DELTA}\r\n1`],
  ["inside a chunk extension",             `${whole}${size(DELTA)}${DELTA}\r\n10;a="b`],
  ["inside a chunk of a megabyte",         `${whole}${size(DELTA, 1 << 20)}${DELTA}`],
  ["in the first byte of an event",        `${whole}${size(DELTA)}e`],
] as const)("INV-55: a cut %s ends the answer as a whole one, in the provider's words, and the tunnel stays", async (_where, sent) => {
  for (const piece of [1, 7, 1 << 20]) {
    await using exchange = await askRawProvider(messages({ stream: true }))
    const { proxy, agent, far } = exchange
    for (let at = 0; at < sent.length; at += piece) far.send(sent.slice(at, at + piece))
    await agent.readHead()
    const payload = payloadOf(sent.slice(HEAD.length)).payload
    const before = await readUntil(agent, "", (text) => payloadOf(text).payload.length >= payload.length)

    expect(await proxy.control("POST", "/cutoff")).toMatchObject({ egress: "cut" })
    const text = await readUntil(agent, before, (all) => payloadOf(all).isWhole)
    const ended = payloadOf(text)
    expect([ended.isWhole, ended.payload.slice(0, payload.length)]).toEqual([true, payload])
    expect(ended.payload).toMatch(/\n\nevent: error\ndata: .*billing_error.*This run was cut off.*\n\n$/)
    agent.send(messages({}))
    expect((await agent.readResponse())?.headers["x-bot-bottle-reason"]).toBe("cut-off")
  }
})

test("an answer that nothing changes reaches the agent in the upstream's own chunks", async () => {
  await using exchange = await askRawProvider(messages({ stream: true }))
  const { agent, far } = exchange
  const sent = `${size(START)}${START}\r\n00${size(DELTA)}${DELTA}\r\n0\r\n\r\n`
  far.send(`${HEAD}${sent}`)
  await agent.readHead()
  expect(await readUntil(agent, "", (text) => text.length >= sent.length)).toBe(sent)
})

async function readUntil(agent: RawConnection, before: string, isEnough: (text: string) => boolean): Promise<string> {
  let text = before
  await waitFor("the agent to have it", () => {
    text += agent.takeHeld().toString("latin1")
    return isEnough(text)
  })
  return text
}

/** As the agent's HTTP parser reads it. */
function payloadOf(text: string) {
  const reader = new BodyReader()
  const parts: Buffer[] = []
  reader.start(CHUNKED, (bytes, from, to) => parts.push(bytes.subarray(from, to)))
  const used = reader.read(Buffer.from(text, "latin1"), 0)
  return { payload: Buffer.concat(parts).toString("latin1"), isWhole: reader.done && used === text.length }
}
