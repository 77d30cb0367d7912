import { expect, test } from "bun:test"
import { createServer } from "node:net"
import { join } from "node:path"
import { openTempFolder } from "@bot-bottle/testkit"
import { connectRaw, type RawConnection, startTestProxy, type TestProxy } from "../../testing/index.ts"
import { wrapSocket } from "../../testing/raw-connection.ts"

const FORGE = "forge.bot-bottle.internal"

test("a service gets the request as it came, in origin form, with the proxy's word on the cutoff", async () => {
  await using host = await openHost()
  const answer = await ask(
    host.proxy,
    `POST http://${FORGE}/rpc?x=1 HTTP/1.1\r\nHost: ${FORGE}\r\nContent-Length: 4\r\nX-Own: a\r\n\r\nbody`,
  )
  expect([answer?.status, `${answer?.body}`]).toEqual([200, "served"])
  expect(host.seen).toEqual([{ method: "POST", path: "/rpc?x=1", egress: "open", own: "a", body: "body" }])
  await host.proxy.control("POST", "/cutoff")
  await ask(host.proxy, `GET http://${FORGE}/ HTTP/1.1\r\nHost: ${FORGE}\r\n\r\n`)
  expect(host.seen.at(-1)?.egress).toBe("cut")
})

test.each(["open", "x-bot-bottle-egress: open\r\nX-Bot-Bottle-Egress: open"])(
  "an agent cannot speak for the proxy: %j",
  async (line) => {
    await using host = await openHost()
    await host.proxy.control("POST", "/cutoff")
    const lines = line === "open" ? "X-BOT-BOTTLE-EGRESS:open" : line
    await ask(host.proxy, `GET http://${FORGE}/ HTTP/1.1\r\nHost: ${FORGE}\r\n${lines}\r\n\r\n`)
    expect(host.seen).toEqual([{ method: "GET", path: "/", egress: "cut", own: null, body: "" }])
  },
)

test("a service is sent no trailers and no chunk extensions: its server reads a trailer as the next request", async () => {
  await using folder = await openTempFolder()
  const unix = join(folder.path, "forge.sock")
  const service = await listenRaw(unix)
  await using proxy = await startTestProxy({ internal: { forge: unix } })
  using raw = await connectRaw(proxy.frontPath)
  const head = `POST http://${FORGE}/a HTTP/1.1\r\nHost: ${FORGE}\r\nTransfer-Encoding: chunked\r\n\r\n`
  raw.send(`${head}4;x=1\r\nbody\r\n0\r\nX-Sum: 1\r\n\r\n`)
  const far = await service.accepted
  expect((await far.readHead())?.headers["transfer-encoding"]).toBe("chunked")
  expect([`${await far.readChunk()}`, await far.readChunk()]).toEqual(["body", undefined])
  far.send("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
  expect((await raw.readResponse())?.status).toBe(200)
  // `readChunk` takes the empty line of a last chunk without trailers: nothing is left over.
  expect(`${far.takeHeld()}`).toBe("")
  far.socket.destroy()
  service.close()
})

// biome-ignore format: a table
test.each([
  // request line and Host                                                             status
  [`GET http://${FORGE}/ HTTP/1.1\r\nHost: git.bot-bottle.internal`,                     400],
  [`GET http://git.bot-bottle.internal/ HTTP/1.1\r\nHost: git.bot-bottle.internal`,      403],
  [`GET http://supervise.bot-bottle.internal/ HTTP/1.1\r\nHost: supervise.bot-bottle.internal`, 403],
  [`GET http://${FORGE}:81/ HTTP/1.1\r\nHost: ${FORGE}:81`,                              403],
  [`GET http://x.${FORGE}/ HTTP/1.1\r\nHost: x.${FORGE}`,                                403],
] as const)("%j reaches no service", async (head, status) => {
  await using host = await openHost()
  expect((await ask(host.proxy, `${head}\r\n\r\n`))?.status).toBe(status)
  expect(host.seen).toEqual([])
})

test("a tunnel to the service's port 80 speaks plain HTTP, and every request in it is judged", async () => {
  await using host = await openHost()
  using raw = await connectRaw(host.proxy.frontPath)
  raw.send(`CONNECT ${FORGE}:80 HTTP/1.1\r\nHost: ${FORGE}:80\r\n\r\n`)
  expect((await raw.readResponse())?.status).toBe(200)
  raw.send(`GET /a HTTP/1.1\r\nHost: ${FORGE}\r\n\r\n`)
  expect((await raw.readResponse())?.status).toBe(200)
  raw.send("GET /b HTTP/1.1\r\nHost: git.bot-bottle.internal\r\n\r\n")
  expect((await raw.readResponse())?.status).toBe(421)
  expect(host.seen.map(({ path }) => path)).toEqual(["/a"])
})

test("the name server learns the service's one port, and no service that the run does not have", async () => {
  await using host = await openHost()
  const ports = async (name: string) => {
    const answer = await ask(
      host.proxy,
      `GET http://bot-bottle.internal/lookup?name=${name} HTTP/1.1\r\nHost: bot-bottle.internal\r\n\r\n`,
    )
    return JSON.parse(`${answer?.body}`)
  }
  expect(await ports(FORGE)).toEqual({ ports: [80] })
  expect(await ports("git.bot-bottle.internal")).toEqual({ ports: [], reason: "host-not-allowed", unlisted: true })
})

test("a service that is gone is 502 for the agent, and its requests are in the log", async () => {
  await using host = await openHost()
  await ask(host.proxy, `GET http://${FORGE}/a HTTP/1.1\r\nHost: ${FORGE}\r\n\r\n`)
  await host.stop()
  expect((await ask(host.proxy, `GET http://${FORGE}/b?secret HTTP/1.1\r\nHost: ${FORGE}\r\n\r\n`))?.status).toBe(502)
  expect(host.proxy.events().map(({ kind, host: name, path, status }) => [kind, name, path, status])).toEqual([
    ["forwarded", FORGE, "/a", 200],
    ["denied", FORGE, "/b", 502],
  ])
})

/** A service that says nothing by itself. */
async function listenRaw(unix: string) {
  const accepted = Promise.withResolvers<RawConnection>()
  const server = createServer((socket) => accepted.resolve(wrapSocket(socket)))
  await new Promise<void>((resolve) => server.listen(unix, resolve))
  return { accepted: accepted.promise, close: () => server.close() }
}

async function openHost() {
  const folder = await openTempFolder()
  const unix = join(folder.path, "forge.sock")
  const seen: { method: string; path: string; egress: string | null; own: string | null; body: string }[] = []
  const server = Bun.serve({
    unix,
    async fetch(request) {
      const { pathname, search } = new URL(request.url)
      const { method, headers } = request
      seen.push({
        method,
        path: pathname + search,
        egress: headers.get("x-bot-bottle-egress"),
        own: headers.get("x-own"),
        body: await request.text(),
      })
      return new Response("served")
    },
  })
  const proxy = await startTestProxy({ internal: { forge: unix } })
  return {
    proxy,
    seen,
    stop: () => server.stop(true),
    async [Symbol.asyncDispose]() {
      await proxy.close()
      await server.stop(true)
      await folder[Symbol.asyncDispose]()
    },
  }
}

async function ask(proxy: TestProxy, text: string) {
  using raw = await connectRaw(proxy.frontPath)
  raw.send(text)
  return await raw.readResponse()
}
