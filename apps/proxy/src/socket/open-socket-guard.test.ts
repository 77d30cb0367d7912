// Credentials in the messages of an open socket.

import { expect, test } from "bun:test"
import { Secret } from "@bot-bottle/contracts"
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
