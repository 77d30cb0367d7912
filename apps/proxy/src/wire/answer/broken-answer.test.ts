// Answers whose body is malformed: the agent is told why while nothing of them is with it, and
// sees them break off afterwards.

import { expect, test } from "bun:test"
import { Secret } from "@bot-bottle/contracts"
import { askRawProvider, HOST, METERED, messages } from "../../testing/billed-proxy.ts"
import { route } from "../../testing/test-proxy.ts"

const CHUNKED = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n"
const PLAIN = route(HOST)
const CREDENTIALED = route(HOST, {
  injection: { header: "authorization", template: "Bearer {secret}" },
  secret: new Secret("sk-real-0123456789"),
})
const GET = `GET / HTTP/1.1\r\nHost: ${HOST}\r\n\r\n`
const NOT_A_SIZE = `\r\n{"plain":"json"}`

// biome-ignore format: a table
test.each([
  // passed on               by route       asked                        answer
  ["as it came",             PLAIN,         GET,                         `${CHUNKED}${NOT_A_SIZE}`],
  ["in its own chunks",      CREDENTIALED,  GET,                         `${CHUNKED}${NOT_A_SIZE}`],
  ["in chunks of ours",      CREDENTIALED,  GET,                         `${CHUNKED}Content-Encoding: gzip\r\n${NOT_A_SIZE}`],
  ["unpacked",               PLAIN,         GET.replace("1.1", "1.0"),   `${CHUNKED}${NOT_A_SIZE}`],
  ["metered, in one piece",  METERED,       messages({}),                `${CHUNKED}${NOT_A_SIZE}`],
  ["metered, as a stream",   METERED,       messages({ stream: true }),  `${CHUNKED}Content-Type: text/event-stream\r\n${NOT_A_SIZE}`],
] as const)("an answer whose body is not chunked as its head says is refused, %s", async (_what, by, asked, answer) => {
  await using exchange = await askRawProvider(asked, { routes: [by] })
  const { proxy, agent, far } = exchange
  far.send(answer)
  const refused = await agent.readResponse()
  expect([refused?.status, refused?.headers["x-bot-bottle-reason"]]).toEqual([502, "upstream-unreachable"])
  expect(refused?.body.toString()).toContain("a chunk's size is not hexadecimal")
  expect(proxy.events().map(({ reason }) => reason)).toContain("upstream-unreachable")
  await far.closed
})

test.each([
  ["as it came", PLAIN],
  ["in its own chunks", CREDENTIALED],
] as const)("an answer that breaks after its first bytes breaks off, %s", async (_what, by) => {
  await using exchange = await askRawProvider(GET, { routes: [by] })
  const { agent, far } = exchange
  far.send(`${CHUNKED}\r\n5\r\nhello\r\n`)
  await agent.readHead()
  expect((await agent.readChunk())?.toString()).toBe("hello")
  far.send("nothing of a chunk")
  await agent.closed
  expect(agent.takeHeld().toString()).toBe("")
})

const EVENTS = [
  { type: "message_start", message: { usage: { input_tokens: 25, output_tokens: 1 } } },
  { type: "message_delta", delta: { stop_reason: "end_turn" }, usage: { output_tokens: 40 } },
].map((event) => `data: ${JSON.stringify(event)}\n\n`)

test("the payload before the break reaches the agent and the bill, though both came in one read", async () => {
  await using exchange = await askRawProvider(messages({ stream: true }))
  const { proxy, agent, far } = exchange
  const chunks = EVENTS.map((event) => `${event.length.toString(16)}\r\n${event}\r\n`).join("")
  far.send(`${CHUNKED}Content-Type: text/event-stream\r\n\r\n${chunks}no size\r\n`)
  const answer = await agent.readResponse()
  expect([answer?.body.toString(), answer?.whole]).toEqual([EVENTS.join(""), false])
  await proxy.close()
  const [row] = await proxy.ledger.usage({ by: "run" })
  expect(row).toMatchObject({ requests: 1, estimatedRequests: 0, usage: { inputTokens: 25, outputTokens: 40 } })
})
