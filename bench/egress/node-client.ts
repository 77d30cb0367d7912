// Reads 200 event streams as an agent on Node does: one thread, and Node's own TLS sockets. Prints the delay of
// an event from the upstream's clock to ours, as JSON. Runs in Node, from a bundle. Arguments: the port or the
// Unix socket to dial, the CONNECT request ("" for none), the server's name, its CA, the request, its events.

import { connect, type Socket } from "node:net"
import { connect as connectTls, type TLSSocket } from "node:tls"

const STREAMS = 200
const [place = "", opening = "", servername = "", ca = "", request = "", countText = ""] = process.argv.slice(2)
const count = Number(countText)
const delays: number[] = []

void main()

async function main(): Promise<never> {
  const streams = await Promise.all(Array.from({ length: STREAMS }, openStream))
  const startMs = performance.now()
  await Promise.all(streams.map(readEvents))
  const seconds = (performance.now() - startMs) / 1000
  delays.sort((a, b) => a - b)
  const at = (share: number): number => delays[Math.floor(delays.length * share)] ?? Number.NaN
  console.log(
    JSON.stringify({ done: delays.length, perSecond: delays.length / seconds, p50Ms: at(0.5), p99Ms: at(0.99) }),
  )
  process.exit(0)
}

async function openStream(): Promise<TLSSocket> {
  const socket = /^\d+$/.test(place) ? connect(Number(place), "127.0.0.1") : connect(place)
  await once(socket, "connect")
  if (opening !== "") {
    socket.write(opening)
    const answer = String(await once(socket, "data"))
    if (!answer.startsWith("HTTP/1.1 200")) throw new Error(`Tunnel refused: ${answer}`)
  }
  const stream = connectTls({ socket, servername, ca })
  await once(stream, "secureConnect")
  return stream
}

function once(socket: Socket, event: string): Promise<unknown> {
  return new Promise((resolve, reject) => {
    socket.once(event, resolve)
    socket.once("error", reject)
  })
}

function readEvents(stream: TLSSocket): Promise<void> {
  return new Promise((resolve, reject) => {
    let seen = 0
    stream.on("data", (chunk: Buffer) => {
      const now = performance.timeOrigin + performance.now()
      for (const [, sentAt] of chunk.toString("latin1").matchAll(/at=([\d.]+)/g)) {
        delays.push(now - Number(sentAt))
        seen += 1
      }
      if (seen >= count) resolve()
    })
    stream.once("close", () => reject(new Error("closed before its last event")))
    stream.write(request)
  })
}
