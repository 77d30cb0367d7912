// Plain HTTP through the proxy, as a client with HTTP_PROXY asks for it. A client that keeps its
// connection must know what becomes of it, or its next request races the close.

import { expect, test } from "bun:test"
import { connectRaw } from "@bot-bottle/proxy/testing"
import { HOST, startWireWorld } from "./wire-world.ts"

const ask = (path: string, lines = "") => `GET http://${HOST}${path} HTTP/1.1\r\nHost: ${HOST}\r\n${lines}\r\n`

// biome-ignore format: a table
test.each([
  // what            request                              the upstream's answer                                                        says that it closes
  ["a length",       ask("/a"),                           "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok",                            false],
  ["chunks",         ask("/a"),                           "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n", false],
  ["no body",        ask("/a"),                           "HTTP/1.1 204 No Content\r\n\r\n",                                           false],
  ["no length",      ask("/a"),                           "HTTP/1.1 200 OK\r\n\r\nok",                                                 true],
  ["a client that closes", ask("/a", "Connection: close\r\n"), "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok",                       true],
  ["a refusal",      ask("/a").replaceAll(HOST, "evil.example.com"), undefined,                                                        false],
] as const)("an answer with %s says that its connection closes, or the next request is answered on it", async (_what, request, answer, closes) => {
  await using world = await startWireWorld({}, "http")
  using agent = await connectRaw(world.proxy.frontPath)
  agent.send(request)
  if (answer !== undefined) {
    const far = await world.server.accepted()
    await far.readHead()
    far.send(answer)
    if (!/\r\n(?:Content-Length|Transfer-Encoding)|^HTTP\/1.1 204/.test(answer)) far.socket.end()
  }
  const first = await agent.readResponse()
  expect([first?.whole, first?.headers["connection"] === "close"]).toEqual([true, closes])
  if (closes) {
    await agent.closed
    return
  }
  agent.send(ask("/b").replaceAll(HOST, "evil.example.com"))
  expect((await agent.readResponse())?.headers["x-bot-bottle-reason"]).toBe("host-not-allowed")
})
