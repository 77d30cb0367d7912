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
    "/events": (request) => eventStream(new URL(request.url).searchParams, request.signal, pingEvents),
    "/v1/messages": (request) => eventStream(new URL(request.url).searchParams, request.signal, messageEvents),
  },
})

interface Events {
  readonly first: string
  readonly next: () => string
  readonly last: string
}

/** The wall-clock time that an event was sent at. */
const stamp = (): string => `at=${performance.timeOrigin + performance.now()}`
const event = (type: string, fields: object): string =>
  `event: ${type}\ndata: ${JSON.stringify({ type, ...fields })}\n\n`

const pingEvents: Events = { first: "", next: () => `event: ping\ndata: ${stamp()}\n\n`, last: "" }

/** As Anthropic streams a message, a word at a time. */
const messageEvents: Events = {
  first: event("message_start", { message: { id: "m", model: "m", usage: { input_tokens: 20, output_tokens: 1 } } }),
  next: () => event("content_block_delta", { index: 0, delta: { type: "text_delta", text: stamp() } }),
  last:
    event("message_delta", { delta: { stop_reason: "end_turn" }, usage: { output_tokens: 60 } }) +
    event("message_stop", {}),
}

/** `count` events, `everyMs` apart. */
function eventStream(query: URLSearchParams, signal: AbortSignal, events: Events): Response {
  const count = Number(query.get("count"))
  const everyMs = Number(query.get("everyMs"))
  let sent = 0
  const body = new ReadableStream({
    start(controller) {
      if (events.first !== "") controller.enqueue(encoder.encode(events.first))
      const timer = setInterval(() => {
        controller.enqueue(encoder.encode(events.next()))
        sent += 1
        if (sent < count) return
        clearInterval(timer)
        if (events.last !== "") controller.enqueue(encoder.encode(events.last))
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
