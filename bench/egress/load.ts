// Puts one kind of work on one way to the upstream and prints what it measured, as JSON. Runs
// in a process of its own. Arguments: the work's name, seconds, the way as JSON.

import { readJson, readShape } from "@bot-bottle/testkit"
import { type Connection, get, hostOf, openConnection, type Way } from "./client.ts"

const [work = "", secondsText = "2", wayText = ""] = process.argv.slice(2)
const seconds = Number(secondsText)
const way = readWay(wayText)
const MEGABYTE = 1024 * 1024

const WORKS: Record<string, () => Promise<Record<string, number>>> = {
  "keep-alive-16": () => keepAlive(16),
  "keep-alive-1": () => keepAlive(1),
  handshakes: () =>
    counted(4, async () => {
      const connection = await openConnection(way)
      await connection.exchange(get(hostOf(way), "/small"))
      connection.close()
    }),
  "post-1mb": async () => {
    const head = `POST /sink HTTP/1.1\r\nHost: ${hostOf(way)}\r\nContent-Length: ${MEGABYTE}\r\n\r\n`
    const request = Buffer.concat([Buffer.from(head), Buffer.alloc(MEGABYTE, 97)])
    return perConnection(8, (connection) => connection.exchange(request))
  },
  "download-64mb": () => perConnection(1, (connection) => connection.exchange(get(hostOf(way), "/big"))),
  // 1 000 events a second, then 8 000.
  "sse-200": () => events(200, 200, pings),
  "sse-200-busy": () => events(200, 25, pings),
  // The same as answers of a model.
  "messages-200-busy": () => events(200, 25, messages),
  // An event a second each.
  "streams-1000": () => events(1_000, 1_000, pings),
}

async function keepAlive(connections: number): Promise<Record<string, number>> {
  const request = get(hostOf(way), "/small")
  return perConnection(connections, (connection) => connection.exchange(request))
}

async function perConnection(
  lanes: number,
  once: (connection: Connection) => Promise<unknown>,
): Promise<Record<string, number>> {
  const connections = await Promise.all(Array.from({ length: lanes }, () => openConnection(way)))
  const result = await counted(lanes, async (lane) => {
    const connection = connections[lane]
    if (connection === undefined) throw new Error(`No connection for lane ${lane}`)
    await once(connection)
  })
  for (const connection of connections) connection.close()
  return result
}

async function counted(lanes: number, once: (lane: number) => Promise<void>): Promise<Record<string, number>> {
  const start = performance.now()
  const until = start + seconds * 1000
  let done = 0
  await Promise.all(
    Array.from({ length: lanes }, async (_, lane) => {
      for (; performance.now() < until; done += 1) await once(lane)
    }),
  )
  return { done, perSecond: done / ((performance.now() - start) / 1000) }
}

/** How long an event took from the upstream's clock to ours: same machine, same clock. */
async function events(
  streams: number,
  everyMs: number,
  ask: (count: number, everyMs: number) => string,
): Promise<Record<string, number>> {
  const count = Math.ceil((seconds * 1000) / everyMs)
  const delays: number[] = []
  const connections: Connection[] = []
  // Not all at once: a listener's queue is no longer than this.
  for (let left = streams; left > 0; left -= 100)
    connections.push(...(await Promise.all(Array.from({ length: Math.min(left, 100) }, () => openConnection(way)))))
  const request = ask(count, everyMs)
  await Promise.all(
    connections.map((connection) => {
      const { promise, resolve } = Promise.withResolvers<void>()
      let seen = 0
      const onBytes = (chunk: Uint8Array): void => {
        const now = performance.timeOrigin + performance.now()
        for (const [, sentAt] of Buffer.from(chunk)
          .toString("latin1")
          .matchAll(/at=([\d.]+)/g)) {
          delays.push(now - Number(sentAt))
          seen += 1
        }
        if (seen >= count) resolve()
      }
      connection.listen(request, onBytes, resolve)
      return promise
    }),
  )
  for (const connection of connections) connection.close()
  delays.sort((a, b) => a - b)
  const at = (share: number): number => delays[Math.floor(delays.length * share)] ?? Number.NaN
  return { done: delays.length, perSecond: delays.length / seconds, p50Ms: at(0.5), p99Ms: at(0.99) }
}

function pings(count: number, everyMs: number): string {
  return get(hostOf(way), `/events?count=${count}&everyMs=${everyMs}`)
}

function messages(count: number, everyMs: number): string {
  const body = JSON.stringify({
    model: "m",
    max_tokens: 100,
    stream: true,
    messages: [{ role: "user", content: "Hi" }],
  })
  const head = [
    `POST /v1/messages?count=${count}&everyMs=${everyMs} HTTP/1.1`,
    `Host: ${hostOf(way)}`,
    "Content-Type: application/json",
    `Content-Length: ${body.length}`,
  ]
  return `${head.join("\r\n")}\r\n\r\n${body}`
}

const run = WORKS[work]
if (run === undefined) throw new Error(`No such work: ${work}; there are ${Object.keys(WORKS).join(", ")}`)
console.log(JSON.stringify(await run()))
process.exit(0)

function readWay(text: string): Way {
  const { proxy, ...way } = readJson(text, {
    host: "string",
    upstreamPort: "number",
    ca: ["string"],
    connectPort: "number",
    proxy: "object?",
  })
  if (proxy == null) return way
  const { unix, port, authorization } = readShape(proxy, {
    unix: "string?",
    port: "number?",
    authorization: "string?",
  })
  if (unix != null) return { ...way, proxy: { unix } }
  if (port == null) throw new Error("a proxy has a socket or a port")
  return { ...way, proxy: { port, ...(authorization == null ? {} : { authorization }) } }
}
