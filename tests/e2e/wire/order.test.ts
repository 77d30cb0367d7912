// One request at a time. Requests come early, late or in one packet, and no answer is another
// request's. No byte of a request is lost or read as another one.

import { expect, test } from "bun:test"
import { gzipSync } from "node:zlib"
import { Secret } from "@bot-bottle/contracts"
import { route } from "@bot-bottle/proxy/testing"
import { endsWith, HOST, readUntil, startWireWorld } from "./wire-world.ts"

const SECRET = "sk-Kq8Zt3Vw6Xy1Bn4Mc7Lp0Rs5"
const keyed = route("keyed.example.com", {
  injection: { header: "authorization", template: "Bearer {secret}" },
  secret: new Secret(SECRET),
})
const OK = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
const get = (path: string) => `GET ${path} HTTP/1.1\r\nHost: ${HOST}\r\n\r\n`

test("an answer that comes before a packed body was looked through ends its own exchange alone", async () => {
  await using world = await startWireWorld({ routes: [route(HOST), keyed] })
  using agent = await world.open()
  // It unpacks to so much that the answer and the next request come first.
  const body = gzipSync(Buffer.alloc(120 * 1024 * 1024))
  const post = `POST /early HTTP/1.1\r\nHost: ${HOST}\r\nContent-Encoding: gzip\r\nContent-Length: ${body.length}\r\n\r\n`
  agent.send(Buffer.concat([Buffer.from(post), body, Buffer.from(get("/second") + get("/third"))]))
  const first = await world.server.accepted()
  first.send(OK)
  await readUntil(agent, endsWith("ok"))
  const second = await world.server.accepted()
  expect(await readUntil(second, endsWith("\r\n\r\n"))).toBe(get("/second"))
  // Long enough for the whole body to be unpacked.
  const early = await Promise.race([world.server.accepted(), Bun.sleep(1500)])
  expect(early).toBeUndefined()
  second.send(OK)
  expect(await readUntil(agent, endsWith("ok"))).toBe(OK)
  expect(await readUntil(second, endsWith("\r\n\r\n"))).toBe(get("/third"))
})

test("a client that expects the upstream's word gets it before its body, where bodies are looked through", async () => {
  await using world = await startWireWorld({ routes: [route(HOST), keyed] })
  using agent = await world.open()
  agent.send(`POST / HTTP/1.1\r\nHost: ${HOST}\r\nTransfer-Encoding: chunked\r\nExpect: 100-continue\r\n\r\n`)
  const far = await world.server.accepted()
  expect(await readUntil(far, endsWith("\r\n\r\n"))).toContain("POST / HTTP/1.1")
  far.send("HTTP/1.1 100 Continue\r\n\r\n")
  await readUntil(agent, endsWith("\r\n\r\n"))
  agent.send("2\r\nhi\r\n0\r\n\r\n")
  expect(await readUntil(far, endsWith("0\r\n\r\n"))).toBe("2\r\nhi\r\n0\r\n\r\n")
  far.send(OK)
  expect(await readUntil(agent, endsWith("ok"))).toBe(OK)
})

test("INV-11: a credential in the reason phrase of an interim answer does not reach the agent", async () => {
  await using world = await startWireWorld({ routes: [{ ...keyed, host: HOST }] })
  using agent = await world.open()
  agent.send(get("/"))
  const far = await world.server.accepted()
  expect(await readUntil(far, endsWith("\r\n\r\n"))).toContain(SECRET)
  far.send(`HTTP/1.1 103 ${SECRET}\r\nLink: </a>\r\n\r\n${OK}`)
  expect(await readUntil(agent, endsWith("ok"))).toBe(`HTTP/1.1 103 \r\nLink: </a>\r\n\r\n${OK}`)
})

test("a header that Connection names does not leave, and meets no rule", async () => {
  const matches = [{ methods: "every", paths: "every", headers: [{ name: "x-env", value: "test" }] }] as const
  await using world = await startWireWorld({ routes: [route(HOST, { matches })] })
  using agent = await world.open()
  agent.send(`GET / HTTP/1.1\r\nHost: ${HOST}\r\nX-Env: test\r\nConnection: x-env\r\n\r\n`)
  expect((await agent.readResponse())?.status).toBe(403)
  agent.send(`GET / HTTP/1.1\r\nHost: ${HOST}\r\nX-Env: test\r\n\r\n`)
  expect(await readUntil(await world.server.accepted(), endsWith("\r\n\r\n"))).toContain("X-Env: test")
})
