// Credentials in the messages of an open socket, in its control frames, and in answers that open none.

import { expect, test } from "bun:test"
import { gzipSync } from "node:zlib"
import { Secret } from "@bot-bottle/contracts"
import { waitFor } from "@bot-bottle/testkit"
import { startBench } from "../testing/socket-proxy.ts"
import { echo } from "../testing/socket-upstream.ts"

test("a message that carries the route's secret does not leave: the socket closes, text or bytes", async () => {
  const secret = "sk-real-0123456789abcdef"
  const more = { injection: { header: "x-key", template: "{secret}" }, secret: new Secret(secret) }
  await using bench = await startBench({ onSocket: echo }, more)
  const ends: unknown[] = []
  for (const message of [`look: ${secret}`, Buffer.from(`look: ${secret}`)]) {
    const client = await bench.opened()
    client.socket.send("harmless")
    expect(await client.next()).toBe("harmless")
    client.socket.send(message, { binary: typeof message !== "string" })
    ends.push(await client.closed)
    await expect(client.next()).rejects.toThrow("closed")
  }
  expect(ends).toEqual(Array(2).fill({ code: 1008, reason: "dlp-match" }))
  expect(bench.proxy.events().filter(({ reason }) => reason === "dlp-match")).toHaveLength(2)
})

test("where the route says redact, a message leaves without the secret", async () => {
  const secret = "sk-real-0123456789abcdef"
  await using bench = await startBench(
    { onSocket: echo },
    {
      injection: { header: "x-key", template: "{secret}" },
      secret: new Secret(secret),
      dlp: { outbound: "redact", detect: ["known_secrets"] },
    },
  )
  await using client = await bench.opened()
  client.socket.send(`look: ${secret}!`)
  const text = await client.next()
  expect([text.toString().startsWith("look: "), text.includes(secret), text.length]).toEqual([true, false, 31])
})

const SECRET = "sk-real-0123456789abcdef"
const CREDENTIALED = { injection: { header: "x-key", template: "{secret}" }, secret: new Secret(SECRET) }

test.each(["ping", "pong"] as const)(
  "INV-110: a %s with the route's secret does not leave, and the socket closes",
  async (frame) => {
    const heard: string[] = []
    await using bench = await startBench(
      { onSocket: (socket) => void socket.on(frame, (data) => heard.push(data.toString())) },
      CREDENTIALED,
    )
    await using client = await bench.opened()
    client.socket[frame](`clean ${frame}`)
    await waitFor("the first to arrive", () => heard.length === 1)
    client.socket[frame](`look: ${SECRET}`)
    expect(await client.closed).toEqual({ code: 1008, reason: "dlp-match" })
    expect([heard, bench.proxy.events().map(({ reason }) => reason)]).toEqual([
      [`clean ${frame}`],
      [undefined, "dlp-match"],
    ])
  },
)

test("INV-110: a close reason with the route's secret stays behind, and the code arrives", async () => {
  await using bench = await startBench({}, CREDENTIALED)
  for (const reason of [SECRET, "clean"]) {
    await using client = await bench.opened()
    client.socket.close(4001, reason)
    await client.closed
  }
  await waitFor("both to end", () => bench.upstream.ended.length === 2)
  expect(bench.upstream.ended).toEqual([
    { code: 4001, reason: "" },
    { code: 4001, reason: "clean" },
  ])
  expect(bench.proxy.events().filter(({ reason }) => reason === "dlp-match")).toHaveLength(1)
})

test("INV-11: a message, a ping, a pong and a close reason of the host's reach the agent without the credential", async () => {
  await using bench = await startBench({}, CREDENTIALED)
  await using client = await bench.opened()
  const heard: string[] = []
  client.socket.on("ping", (data) => heard.push(`ping ${data}`)).on("pong", (data) => heard.push(`pong ${data}`))
  const far = await bench.upstream.accepted()
  far.ping(`bad key ${SECRET}`)
  far.pong(`bad key ${SECRET}`)
  far.send(Buffer.from(`bad key ${SECRET}`))
  const hidden = `bad key ${"*".repeat(SECRET.length)}`
  expect((await client.next()).toString()).toBe(hidden)
  far.close(4003, `bad key ${SECRET}`)
  expect([await client.closed, heard]).toEqual([{ code: 4003, reason: hidden }, [`ping ${hidden}`, `pong ${hidden}`]])
})

const ANSWER = `{"error":"bad key ${SECRET}"}`
const HIDDEN = ANSWER.replace(SECRET, "*".repeat(SECRET.length))

// biome-ignore format: a table
test.each([
  // the host's answer in place of a socket                                          reaches the agent as
  [`HTTP/1.1 401 bad ${SECRET}\r\ncontent-length: 0\r\n\r\n`,                      401, ""],
  [`HTTP/1.1 401 No\r\ncontent-length: ${ANSWER.length}\r\n\r\n${ANSWER}`,         401, HIDDEN],
  [packed("gzip", ANSWER),                                                           403, "repeats the host's credential"],
  [packed("br", ANSWER),                                                             403, "cannot be searched"],
  [packed("compress", "anything"),                                                   403, "cannot be searched"],
  [packed("gzip", "clean"),                                                          401, gzipSync("clean").toString()],
] as const)("INV-11: %j opens no socket and shows no credential", async (answer, status, body) => {
  await using bench = await startBench({ refuse: () => answer }, CREDENTIALED)
  const refused = await bench.refused()
  expect(refused.status).toBe(status)
  expect(refused.body).toContain(body)
  expect(JSON.stringify(refused)).not.toContain(SECRET)
})

function packed(coding: string, text: string): string {
  const body = gzipSync(text)
  return Buffer.concat([
    Buffer.from(`HTTP/1.1 401 No\r\ncontent-encoding: ${coding}\r\ncontent-length: ${body.length}\r\n\r\n`),
    body,
  ]).toString("latin1")
}
