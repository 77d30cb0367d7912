// The server every contender forwards to: HTTPS on loopback, in a process of its own so that its
// CPU is nobody else's. Prints `{port}` when it listens; ends when its stdin does.

import { readFileSync } from "node:fs"

const [certFile = "", keyFile = ""] = process.argv.slice(2)
const big = new Uint8Array(64 * 1024 * 1024).fill(97)
const encoder = new TextEncoder()

const server = Bun.serve({
  port: 0,
  hostname: "127.0.0.1",
  idleTimeout: 0,
  tls: { cert: readFileSync(certFile, "utf8"), key: readFileSync(keyFile, "utf8") },
  routes: {
    "/small": new Response("ok\n"),
    "/big": new Response(big),
    "/sink": async (request) => {
      let bytes = 0
      for await (const chunk of request.body ?? []) bytes += chunk.length
      return new Response(String(bytes))
    },
    "/events": (request) => eventStream(new URL(request.url).searchParams, request.signal),
  },
})

/** `count` events, `everyMs` apart, each carrying the wall-clock time it was sent at. */
function eventStream(query: URLSearchParams, signal: AbortSignal): Response {
  const count = Number(query.get("count"))
  const everyMs = Number(query.get("everyMs"))
  let sent = 0
  const body = new ReadableStream({
    start(controller) {
      const timer = setInterval(() => {
        controller.enqueue(encoder.encode(`event: ping\ndata: ${performance.timeOrigin + performance.now()}\n\n`))
        sent += 1
        if (sent < count) return
        clearInterval(timer)
        controller.close()
      }, everyMs)
      signal.addEventListener("abort", () => clearInterval(timer))
    },
  })
  return new Response(body, { headers: { "content-type": "text/event-stream" } })
}

console.log(JSON.stringify({ port: server.port }))
for await (const _ of Bun.stdin.stream()) {
  // Held open by the parent; nothing is ever sent.
}
process.exit(0)
