// Both ends of a proxy, as raw bytes inside TLS. The agent sends exactly what a case gives it; the far
// side shows what arrived, and answers with what it is given.

import { connect, type Socket } from "node:net"
import { createServer, connect as secure, type TLSSocket } from "node:tls"
import type { ServerCertificate } from "@bot-bottle/stand-in"
import type { Way } from "../egress/client.ts"

/** More than any proxy needs for one step on a busy machine. */
const STEP_TIMEOUT_MS = 3_000

export interface End {
  /** All that has come. */
  readonly said: string
  send(text: string): void
  /** Resolves once it holds, the connection is over, or the time is up; with all that has come. */
  until(isThere: (said: string) => boolean): Promise<string>
  /** Whether the connection is over, soon. */
  isOver(): Promise<boolean>
  /** Nothing more will be sent. */
  finish(): void
  reset(): void
  destroy(): void
}

export interface FarSide extends AsyncDisposable {
  readonly port: number
  /** The next connection; undefined when none comes. */
  accepted(): Promise<End | undefined>
  /** Of connections that nobody took. */
  forget(): void
}

export async function startFarSide(certificate: ServerCertificate): Promise<FarSide> {
  const waiting: End[] = []
  const takers: ((end: End) => void)[] = []
  const raws = new Set<Socket>()
  const server = createServer(
    { cert: certificate.chainPem, key: certificate.keyPem, allowHalfOpen: true },
    (socket) => {
      const end = endOf(socket)
      const take = takers.shift()
      if (take === undefined) waiting.push(end)
      else take(end)
    },
  )
  server.on("connection", (raw: Socket) => void raws.add(raw))
  server.on("tlsClientError", () => {})
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done))
  const address = server.address()
  if (address === null || typeof address === "string") throw new Error("No port")
  return {
    port: address.port,
    async accepted() {
      const first = waiting.shift()
      if (first !== undefined) return first
      const { promise, resolve } = Promise.withResolvers<End | undefined>()
      const timer = setTimeout(() => {
        takers.splice(takers.indexOf(resolve), 1)
        resolve(undefined)
      }, STEP_TIMEOUT_MS)
      takers.push(resolve)
      const end = await promise
      clearTimeout(timer)
      return end
    },
    forget() {
      for (const end of waiting.splice(0)) end.destroy()
    },
    async [Symbol.asyncDispose]() {
      for (const raw of raws) raw.destroy()
      server.close()
    },
  }
}

/** A tunnel through the proxy, with TLS to the far side's name in it. */
export async function openAgent(way: Way): Promise<End> {
  const proxy = way.proxy
  if (proxy === undefined) throw new Error("An agent needs a proxy")
  const raw = connect("unix" in proxy ? { path: proxy.unix } : { port: proxy.port, host: "127.0.0.1" })
  raw.on("error", () => {})
  const authority = `${way.host}:${way.connectPort}`
  const password = "authorization" in proxy ? `Proxy-Authorization: ${proxy.authorization}\r\n` : ""
  raw.write(`CONNECT ${authority} HTTP/1.1\r\nHost: ${authority}\r\n${password}\r\n`)
  const said = await new Promise<string>((told) => raw.once("data", (bytes) => told(bytes.toString("latin1"))))
  if (!/^HTTP\/1\.\d 200/.test(said)) throw new Error(`Tunnel refused: ${said}`)
  const socket = secure({ socket: raw, servername: way.host, ca: [...way.ca], allowHalfOpen: true } as object)
  await new Promise<void>((done, fail) => socket.once("secureConnect", done).once("error", fail))
  return endOf(socket)
}

function endOf(socket: TLSSocket): End {
  let said = ""
  let isGone = false
  const lookers = new Set<() => void>()
  const look = (): void => {
    for (const looker of lookers) looker()
  }
  const gone = (): void => {
    isGone = true
    look()
  }
  socket.on("data", (bytes: Buffer) => {
    said += bytes.toString("latin1")
    look()
  })
  socket.on("end", gone)
  socket.on("close", gone)
  socket.on("error", gone)
  const wait = (isThere: () => boolean): Promise<void> =>
    new Promise((done) => {
      const over = (): void => {
        lookers.delete(looker)
        clearTimeout(timer)
        done()
      }
      const looker = (): void => {
        if (isThere() || isGone) over()
      }
      const timer = setTimeout(over, STEP_TIMEOUT_MS)
      lookers.add(looker)
      looker()
    })
  return {
    get said() {
      return said
    },
    send: (text) => void socket.write(Buffer.from(text, "latin1")),
    async until(isThere) {
      await wait(() => isThere(said))
      return said
    },
    async isOver() {
      await wait(() => isGone)
      return isGone
    },
    finish: () => void socket.end(),
    reset: () => void (socket as unknown as { resetAndDestroy(): void }).resetAndDestroy(),
    destroy: () => void socket.destroy(),
  }
}
