import { expect, test } from "bun:test"
import { createHash } from "node:crypto"
import { statSync } from "node:fs"
import { dirname } from "node:path"
import { waitFor } from "@bot-bottle/testkit"
import { beginning, blocks, MEGABYTE, startBench } from "../../testing/front-proxy.ts"
import { askThrough, connectRaw, openTunnel } from "../../testing/raw-connection.ts"
import { route, startTestProxy } from "../../testing/test-proxy.ts"
import { startUpstream } from "../../testing/upstream.ts"

test("INV-45: the socket can be connected to by any uid, behind the folder's own mode, and goes with the proxy", async () => {
  await using proxy = await startTestProxy()
  expect(statSync(proxy.frontPath).mode & 0o777).toBe(0o666)
  expect(statSync(dirname(proxy.frontPath)).mode & 0o022).toBe(0)
  await proxy.close()
  await expect(connectRaw(proxy.frontPath)).rejects.toThrow()
})

test("INV-8: a head and ClientHello that arrive byte by byte open the same tunnel", async () => {
  await using bench = await startBench(() => new Response("hello"))
  const raw = await connectRaw(bench.proxy.frontPath)
  for (const byte of "CONNECT api.example.com:443 HTTP/1.1\r\nHost: api.example.com:443\r\n\r\n") raw.send(byte)
  expect((await raw.readResponse("CONNECT"))?.status).toBe(200)
  using secure = await raw.startTls({ serverName: "api.example.com", ca: bench.proxy.ca })
  secure.send("GET / HTTP/1.1\r\nHost: api.example.com\r\n\r\n")
  expect((await secure.readResponse())?.body.toString()).toBe("hello")
})

test("INV-8: 64 MB down a connection that is read in fits and starts arrive whole and in order", async () => {
  const block = Buffer.from(Array.from({ length: MEGABYTE }, (_, index) => (index * 31) % 251))
  await using bench = await startBench(() => new Response(blocks(block, 64)))
  using connection = await bench.proxy.open("api.example.com:443")
  connection.send("GET / HTTP/1.1\r\nHost: api.example.com\r\n\r\n")
  await connection.readHead()
  const hash = createHash("sha256")
  let size = 0
  for (let chunk = await connection.readChunk(); chunk !== undefined; chunk = await connection.readChunk()) {
    if (Math.floor(size / (4 * MEGABYTE)) !== Math.floor((size + chunk.length) / (4 * MEGABYTE))) {
      connection.pause()
      await new Promise((resolve) => setImmediate(resolve))
      connection.resume()
    }
    size += chunk.length
    hash.update(chunk)
  }
  const expected = createHash("sha256")
  for (let index = 0; index < 64; index += 1) expected.update(block)
  expect([size, hash.digest("hex")]).toEqual([64 * MEGABYTE, expected.digest("hex")])
})

test("a reader that stops reading stops the upstream, and memory stays where it is", async () => {
  const block = Buffer.alloc(MEGABYTE, 97)
  let sent = 0
  const endless = () =>
    new ReadableStream<Uint8Array>({
      async pull(controller) {
        sent += 1
        controller.enqueue(block)
      },
    })
  await using bench = await startBench(() => new Response(endless()))
  using connection = await bench.proxy.open("api.example.com:443")
  connection.send("GET / HTTP/1.1\r\nHost: api.example.com\r\n\r\n")
  await connection.readHead()
  connection.pause()
  let before = -1
  for (let quiet = 0; quiet < 5; quiet = sent === before ? quiet + 1 : 0) {
    before = sent
    await Bun.sleep(20)
  }
  expect(sent).toBeLessThan(40)
})

test("a 32 MB upload streams to the upstream byte for byte", async () => {
  const received = Promise.withResolvers<string>()
  await using bench = await startBench(async (request) => {
    const hash = createHash("sha256")
    for await (const part of request.body ?? []) hash.update(part)
    received.resolve(hash.digest("hex"))
    return new Response("taken")
  })
  using connection = await bench.proxy.open("api.example.com:443")
  const body = Buffer.alloc(32 * MEGABYTE, "upload ")
  connection.send(`POST /up HTTP/1.1\r\nHost: api.example.com\r\ncontent-length: ${body.length}\r\n\r\n`)
  connection.send(body)
  expect(await received.promise).toBe(createHash("sha256").update(body).digest("hex"))
  expect((await connection.readResponse())?.body.toString()).toBe("taken")
  expect(bench.upstream.seen[0]?.headers["content-length"]).toBe(String(body.length))
})

test("a client that leaves is noticed upstream", async () => {
  let hasLeft = false
  await using bench = await startBench((request) => {
    request.signal.addEventListener("abort", () => {
      hasLeft = true
    })
    return new Response(beginning())
  })
  const connection = await bench.proxy.open("api.example.com:443")
  connection.send("GET / HTTP/1.1\r\nHost: api.example.com\r\n\r\n")
  await connection.readHead()
  expect(hasLeft).toBe(false)
  connection[Symbol.dispose]()
  await waitFor("the upstream to notice", () => hasLeft)
})

test("an upstream that breaks off leaves a broken answer, never a whole one", async () => {
  await using bench = await startBench(
    () =>
      new Response(
        new ReadableStream({
          async pull(controller) {
            controller.enqueue(Buffer.from("begin"))
            await Bun.sleep(5)
            controller.error(new Error("torn"))
          },
        }),
      ),
  )
  using connection = await bench.proxy.open("api.example.com:443")
  connection.send("GET / HTTP/1.1\r\nHost: api.example.com\r\n\r\n")
  const response = await connection.readResponse()
  expect([response?.status, response?.body.toString(), response?.whole]).toEqual([200, "begin", false])
})

test("events arrive one by one: none waits for the next", async () => {
  const gates = Array.from({ length: 5 }, () => Promise.withResolvers<void>())
  let index = 0
  await using bench = await startBench(
    () =>
      new Response(
        new ReadableStream({
          async pull(controller) {
            const gate = gates[index]
            if (gate === undefined) return controller.close()
            await gate.promise
            controller.enqueue(Buffer.from(`data: ${index++}\n\n`))
          },
        }),
        { headers: { "content-type": "text/event-stream" } },
      ),
  )
  using connection = await bench.proxy.open("api.example.com:443")
  connection.send("GET / HTTP/1.1\r\nHost: api.example.com\r\n\r\n")
  for (const [number, gate] of gates.entries()) {
    gate.resolve()
    if (number === 0) await connection.readHead()
    expect((await connection.readChunk())?.toString()).toBe(`data: ${number}\n\n`)
  }
})

test("INV-55: a cut ends every tunnel but a provider's, whatever runs in it", async () => {
  await using bench = await startBench(() => new Response(beginning()))
  using busy = await bench.proxy.open("api.example.com:443")
  busy.send("GET / HTTP/1.1\r\nHost: api.example.com\r\n\r\n")
  await busy.readHead()
  using idle = await bench.proxy.open("api.example.com:443")
  await bench.proxy.control("POST", "/cutoff")
  await Promise.all([busy.closed, idle.closed])
  const ask = async () => {
    const { status, headers } = await askThrough(bench.proxy.frontPath, bench.proxy.ca, "api.example.com:443")
    return [status, headers["x-bot-bottle-reason"]]
  }
  expect(await ask()).toEqual([403, "cut-off"])
})

test("the allowlist is there for the agent to read, plain and tunnelled, and shows no credential", async () => {
  await using proxy = await startTestProxy({ routes: [route("api.example.com")] })
  const ask = "GET /allowlist HTTP/1.1\r\nHost: bot-bottle.internal\r\n\r\n"
  using plain = await connectRaw(proxy.frontPath)
  plain.send(ask.replace("/allowlist", "http://bot-bottle.internal/allowlist"))
  const { raw } = await openTunnel(proxy.frontPath, "bot-bottle.internal:80")
  raw.send(ask)
  const expected = {
    routes: [{ host: "api.example.com", port: 443, scheme: "https", effect: "allow", inspect: true, matches: "every" }],
  }
  for (const connection of [plain, raw])
    expect(JSON.parse((await connection.readResponse())?.body.toString() ?? "")).toEqual(expected)
})

test("the status is there for the agent's own screen: what was used, and what was refused", async () => {
  await using proxy = await startTestProxy({ routes: [route("api.example.com")] })
  await askThrough(proxy.frontPath, proxy.ca, "other.example.com:443")
  using plain = await connectRaw(proxy.frontPath)
  plain.send("GET http://bot-bottle.internal/status HTTP/1.1\r\nHost: bot-bottle.internal\r\n\r\n")
  expect((await plain.readResponse())?.body.toString()).toBe("0 tokens · 1 refusal\n")
})

test("a client that tunnels plain HTTP to an http route is served, with Host compared on every request", async () => {
  await using upstream = startUpstream({ scheme: "http" })
  await using proxy = await startTestProxy({
    routes: [route("plain.example.com", { scheme: "http" })],
    resolve: { "plain.example.com": upstream.address },
  })
  const { raw } = await openTunnel(proxy.frontPath, "plain.example.com:80")
  raw.send("GET /a HTTP/1.1\r\nHost: plain.example.com\r\n\r\n")
  expect((await raw.readResponse())?.body.toString()).toBe("hello")
  raw.send("GET /b HTTP/1.1\r\nHost: evil.example\r\n\r\n")
  expect((await raw.readResponse())?.status).toBe(421)
})

test.each([
  ["method", "DELETE /repos/acme/x", "", 403],
  ["path", "GET /user", "", 403],
  ["header", "GET /repos/acme/x", "accept: text/html\r\n", 403],
  ["nothing", "GET /repos/acme/x", "accept: application/json\r\n", 200],
  ["HEAD for GET", "HEAD /repos/acme/x", "accept: application/json\r\n", 200],
] as const)("a route's rules hold for each request: wrong %s", async (_what, line, headers, status) => {
  const matches = [
    {
      methods: ["GET"],
      paths: [{ type: "prefix", value: "/repos/acme" }],
      headers: [{ name: "accept", value: "application/json" }],
    },
  ] as const
  await using bench = await startBench(() => new Response("hello"), { routes: [route("api.example.com", { matches })] })
  using connection = await bench.proxy.open("api.example.com:443")
  connection.send(`${line} HTTP/1.1\r\nHost: api.example.com\r\n${headers}\r\n`)
  expect((await connection.readResponse(line.split(" ")[0]))?.status).toBe(status)
})
