// Real sockets: a stand-in for the proxy behind a Unix socket, and servers of the bottle's own.

import { expect, test } from "bun:test"
import { join } from "node:path"
import { formatDenialBody } from "@bot-bottle/contracts"
import { openTempFolder } from "@bot-bottle/testkit"
import { listenExplicitly } from "./explicit.ts"

// biome-ignore format: a table
test.each([
  // target                       how it arrives
  ["http://localhost:PORT/a?b",   Number.POSITIVE_INFINITY],
  ["http://localhost:PORT/a?b",   1],
  ["http://0.0.0.0:PORT/a?b",     7],
  ["http://127.0.0.1:PORT/a?b",   64],
  ["http://x.localhost:PORT/a?b", 2],
] as const)("a request for %s, in pieces of %p bytes, reaches the bottle's own server and not the proxy", async (target, size) => {
  await using bench = await startBench()
  const url = target.replace("PORT", String(bench.server.port))
  const said = await bench.ask(`POST ${url} HTTP/1.1\r\nHost: h\r\nConnection: keep-alive\r\nContent-Length: 4\r\n\r\nbody`, size)
  expect(said).toContain("own: POST /a?b close body")
  expect(bench.proxied).toEqual([])
})

test("a tunnel to the bottle itself is joined there, with what was sent behind its head", async () => {
  await using bench = await startBench()
  const inner = "GET /t HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n"
  for (const size of [Number.POSITIVE_INFINITY, 1, 64]) {
    const said = await bench.ask(`CONNECT localhost:${bench.server.port} HTTP/1.1\r\nHost: h\r\n\r\n${inner}`, size)
    expect(said).toStartWith("HTTP/1.1 200 Connection Established\r\n\r\nHTTP/1.1 200 OK\r\n")
    expect(said).toContain("own: GET /t close ")
  }
  expect(bench.proxied).toEqual([])
})

test("a server that listens on IPv6 alone is found under localhost", async () => {
  await using bench = await startBench("::1")
  const said = await bench.ask(`GET http://localhost:${bench.server.port}/six HTTP/1.1\r\nHost: h\r\n\r\n`)
  expect(said).toContain("own: GET /six")
})

test("where nothing listens, the bottle says so, with a reason", async () => {
  await using bench = await startBench()
  const said = await bench.ask("GET http://localhost:1/ HTTP/1.1\r\nHost: h\r\n\r\n")
  expect(said).toStartWith("HTTP/1.1 502 Bad Gateway\r\n")
  expect(said).toContain("x-bot-bottle-reason: upstream-unreachable\r\n")
  const message = "Nothing in this bottle listens on port 1."
  const denial = { reason: "upstream-unreachable", message, hint: "Start the server first." } as const
  expect(said).toEndWith(`\r\n\r\n${formatDenialBody(denial, "text")}`)
})

// biome-ignore format: a table
test.each([
  ["GET http://example.com/ HTTP/1.1\r\nHost: example.com\r\n\r\n"],
  ["CONNECT example.com:443 HTTP/1.1\r\n\r\n\x16\x03\x01"],
  ["CONNECT localhost.example.com:443 HTTP/1.1\r\n\r\n"],
  ["\x00\x01\x02\n"],
  [`GET /${"x".repeat(20_000)}`],
  ["no line end"],
] as const)("%j goes to the proxy, byte for byte", async (request) => {
  await using bench = await startBench()
  for (const size of [Number.POSITIVE_INFINITY, 1000, 64]) expect(await bench.ask(request, size, "hang up")).toBe("proxy")
  expect(bench.proxied).toEqual([request, request, request])
})

async function startBench(hostname = "127.0.0.1") {
  const folder = await openTempFolder()
  const proxied: string[] = []
  const egressSocket = join(folder.path, "egress.sock")
  const proxy = Bun.listen<{ seen: string }>({
    unix: egressSocket,
    allowHalfOpen: true,
    socket: {
      open(socket) {
        socket.data = { seen: "" }
      },
      data(socket, bytes) {
        socket.data.seen += bytes.toString("latin1")
      },
      end(socket) {
        proxied.push(socket.data.seen)
        socket.end("proxy")
      },
    },
  })
  const server = Bun.serve({
    hostname,
    port: 0,
    fetch: async (request) => {
      const { pathname, search } = new URL(request.url)
      const connection = request.headers.get("connection")?.split(",")[0] ?? ""
      return new Response(`own: ${request.method} ${pathname}${search} ${connection} ${await request.text()}`)
    },
  })
  const front = listenExplicitly({ port: 0, egressSocket })
  return {
    proxied,
    server,
    /** All that is answered; `hang up` says that nothing more is sent. */
    async ask(request: string, size = Number.POSITIVE_INFINITY, then?: "hang up"): Promise<string> {
      const { promise, resolve } = Promise.withResolvers<string>()
      let said = ""
      const socket = await Bun.connect({
        hostname: "127.0.0.1",
        port: front.port,
        allowHalfOpen: true,
        socket: {
          data: (_socket, bytes) => {
            said += bytes.toString("latin1")
          },
          end: (socket) => void socket.end(),
          close: () => resolve(said),
          error: () => resolve(said),
        },
      })
      const bytes = Buffer.from(request, "latin1")
      const step = Math.min(size, bytes.length)
      for (let from = 0; from < bytes.length; from += step) {
        socket.write(bytes.subarray(from, from + step))
        socket.flush()
        if (step < bytes.length) await Bun.sleep(0)
      }
      if (then === "hang up") socket.shutdown()
      return promise
    },
    async [Symbol.asyncDispose]() {
      front.stop(true)
      proxy.stop(true)
      await server.stop(true)
      await folder[Symbol.asyncDispose]()
    },
  }
}
