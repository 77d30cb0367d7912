import { expect, test } from "bun:test"
import { createServer } from "node:https"
import type { AddressInfo } from "node:net"
import { mintServerCertificate } from "@bot-bottle/stand-in"
import { askAuthority } from "./ask-authority.ts"

const HOST = "platform.claude.com"
const REQUEST = { host: HOST, path: "/v1/oauth/token", headers: { "content-type": "application/json" }, body: "{}" }

// biome-ignore format: a table
test.each([
  // the authority       outcome        said to be sending
  ["answers",            "answered",    1],
  ["leaves",             "lost",        1],
  ["says nothing",       "lost",        1],
  ["is another",         "unreachable", 0],
  ["is not there",       "unreachable", 0],
] as const)("an authority that %s: %s, and the sending is announced %i times", async (manner, outcome, sendings) => {
  await using authority = await openAuthority(manner)
  let announced = 0
  const asked = await askAuthority(REQUEST, authority, () => {
    announced += 1
  })
  expect([asked.outcome, announced, authority.received.length]).toEqual([outcome, sendings, sendings])
  if (asked.outcome === "answered") expect(asked).toEqual({ outcome: "answered", status: 200, body: "POST /v1/oauth/token {}" })
})

test("nothing is sent when the sending cannot be written down", async () => {
  await using authority = await openAuthority("answers")
  const asking = askAuthority(REQUEST, authority, () => {
    throw new Error("disk full")
  })
  expect(await asking.catch((error: Error) => error.message)).toBe("disk full")
  expect(authority.received).toEqual([])
})

async function openAuthority(manner: "answers" | "leaves" | "says nothing" | "is another" | "is not there") {
  const own = await mintServerCertificate([HOST])
  const other = await mintServerCertificate([HOST])
  const received: string[] = []
  const server = createServer({ key: own.keyPem, cert: own.chainPem }, async (incoming, outgoing) => {
    let body = ""
    for await (const chunk of incoming) body += chunk
    received.push(body)
    if (manner === "leaves") incoming.socket.destroy()
    else if (manner === "answers") outgoing.end(`${incoming.method} ${incoming.url} ${body}`)
  })
  // A client that leaves before it has sent anything.
  server.on("tlsClientError", () => {})
  const listening = Promise.withResolvers<void>()
  server.listen(0, "127.0.0.1", listening.resolve)
  await listening.promise
  const { port } = server.address() as AddressInfo
  if (manner === "is not there") server.close()
  return {
    received,
    address: `127.0.0.1:${port}`,
    roots: manner === "is another" ? other.caPem : own.caPem,
    timeoutMs: manner === "says nothing" ? 300 : 10_000,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      server.close()
    },
  }
}
