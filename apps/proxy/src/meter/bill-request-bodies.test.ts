// Bodies that are refused, unpacked or searched for credentials.

import { expect, test } from "bun:test"
import { Secret } from "@bot-bottle/contracts"
import { bodyOf, HOST, METERED, post, startBench } from "../testing/billed-proxy.ts"

test.each([
  ["not JSON", "{", 400, "foreign-protocol"],
  ["no model", '{"messages":[]}', 400, "foreign-protocol"],
] as const)("a billed body that is %s is refused", async (_what, body, status, reason) => {
  await using bench = await startBench()
  const response = await bench.raw(post("/v1/messages", body))
  expect([response?.status, response?.headers["x-bot-bottle-reason"]]).toEqual([status, reason])
  expect(bench.provider.received).toEqual([])
})

test("a billed body over 64 MiB is refused before it is read", async () => {
  await using bench = await startBench()
  const response = await bench.raw(
    `POST /v1/messages HTTP/1.1\r\nHost: ${HOST}\r\ncontent-length: ${64 * 1024 * 1024 + 1}\r\n\r\n`,
  )
  expect(response?.headers["x-bot-bottle-reason"]).toBe("body-too-large")
})

test("a gzipped request body is read, and leaves as what was read", async () => {
  await using bench = await startBench()
  const body = Bun.gzipSync(Buffer.from(bodyOf({})))
  const connection = await bench.open()
  connection.send(
    `POST /v1/messages HTTP/1.1\r\nHost: ${HOST}\r\ncontent-encoding: gzip\r\ncontent-length: ${body.length}\r\n\r\n`,
  )
  connection.send(body)
  expect((await connection.readResponse())?.status).toBe(200)
  expect([bench.provider.received[0]?.body, bench.provider.received[0]?.headers["content-encoding"]]).toEqual([
    bodyOf({}),
    undefined,
  ])
})

test("INV-110: a credential in a billed body does not leave, packed or plain, and takes no reservation", async () => {
  const secret = "sk-ant-api03-Wm4Pz7Qx2Nv9Bk6Ly1Hd8Fg3Js5"
  await using bench = await startBench({}, { routes: [{ ...METERED, secret: new Secret(secret) }] })
  const body = Buffer.from(bodyOf({ prompt: `look: ${Buffer.from(secret).toString("hex")}` }))
  const reasons: unknown[] = []
  for (const [encoding, bytes] of [
    ["identity", body],
    ["gzip", Bun.gzipSync(body)],
  ] as const) {
    using connection = await bench.open()
    connection.send(
      `POST /v1/messages HTTP/1.1\r\nHost: ${HOST}\r\ncontent-encoding: ${encoding}\r\ncontent-length: ${bytes.length}\r\n\r\n`,
    )
    connection.send(bytes)
    const response = await connection.readResponse()
    reasons.push([response?.status, response?.headers["x-bot-bottle-reason"]])
  }
  expect(reasons).toEqual(Array(2).fill([400, "dlp-match"]))
  expect([bench.provider.received, await bench.usage()]).toEqual([[], undefined])
  // Control: the same without it.
  expect((await bench.ask({ prompt: "look" })).status).toBe(200)
})

test("INV-11: a real key that the provider echoes in its error does not reach the agent", async () => {
  await using bench = await startBench({
    answer: () => ({ status: 401, headers: { "x-echo": "sk-real" }, body: '{"error":"invalid key sk-real"}' }),
  })
  const response = await bench.ask({})
  expect([response.status, response.headers["x-echo"]?.includes("sk-real"), response.body.includes("sk-real")]).toEqual(
    [401, false, false],
  )
})
