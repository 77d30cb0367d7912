// Requests whose kept connection ends before an answer: which of them are sent a second time.

import { expect, test } from "bun:test"
import { bodyOf, METERED } from "../../testing/billed-proxy.ts"
import type { RawConnection } from "../../testing/raw-connection.ts"
import { startRawServer } from "../../testing/raw-server.ts"
import { route, startTestProxy } from "../../testing/test-proxy.ts"

const HOST = "api.example.com"
const BILLED = METERED.host
const OK = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"

// biome-ignore format: a table
test.each([
  // request                                                                      on a connection  status  times it reached the host
  ["GET",                 get(HOST, "/a"),                                         "used before",   200,    2],
  ["PUT",                 put(HOST, "x".repeat(1_000)),                            "used before",   200,    2],
  ["GET",                 get(HOST, "/a"),                                         "new",           502,    1],
  ["POST",                post(HOST, "/a", "{}"),                                  "used before",   502,    1],
  ["PUT of over 64 KiB",  put(HOST, "x".repeat(70_000)),                           "used before",   502,    1],
  ["billed POST",         post(BILLED, "/v1/messages", bodyOf({})),                "used before",   502,    1],
] as const)("a %s whose connection ends without an answer", async (_what, request, age, status, times) => {
  const host = request.includes(BILLED) ? BILLED : HOST
  await using server = await startRawServer({ host })
  await using proxy = await startTestProxy({
    routes: [host === BILLED ? METERED : route(HOST)],
    resolve: { [host]: server.address },
    upstreamCa: server.caPem,
  })
  using agent = await proxy.open(`${host}:443`)
  let far: RawConnection | undefined
  if (age === "used before") {
    agent.send(host === BILLED ? get(host, "/v1/models") : get(host, "/first"))
    far = await server.accepted()
    await far.readHead()
    far.send(OK)
    expect((await agent.readResponse())?.status).toBe(200)
  }
  agent.send(request)
  far ??= await server.accepted()
  const first = await far.readResponse()
  far.socket.destroy()
  if (times === 2) {
    const again = await server.accepted()
    expect((await again.readResponse())?.body).toEqual(first?.body as Buffer)
    again.send(OK)
  }
  const sentAgain = times === 2 ? new Promise<never>(() => {}) : server.accepted()
  const answer = await Promise.race([agent.readResponse(), sentAgain.then(() => "sent again" as const)])
  expect([answer === "sent again" ? answer : answer?.status, server.connections]).toEqual([status, times])
})

test("a request is sent a second time once, and on a connection of its own", async () => {
  await using server = await startRawServer({ host: HOST })
  await using proxy = await startTestProxy({
    routes: [route(HOST)],
    resolve: { [HOST]: server.address },
    upstreamCa: server.caPem,
  })
  using agent = await proxy.open(`${HOST}:443`)
  agent.send(get(HOST, "/first"))
  const far = await server.accepted()
  await far.readHead()
  far.send(OK)
  await agent.readResponse()
  agent.send(get(HOST, "/a"))
  await far.readHead()
  far.socket.destroy()
  const again = await server.accepted()
  await again.readHead()
  again.socket.destroy()
  expect([(await agent.readResponse())?.status, server.connections]).toEqual([502, 2])
})

function get(host: string, path: string): string {
  return `GET ${path} HTTP/1.1\r\nHost: ${host}\r\n\r\n`
}

function put(host: string, body: string): string {
  return `PUT /a HTTP/1.1\r\nHost: ${host}\r\nContent-Length: ${body.length}\r\n\r\n${body}`
}

function post(host: string, path: string, body: string): string {
  return `POST ${path} HTTP/1.1\r\nHost: ${host}\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${body}`
}
