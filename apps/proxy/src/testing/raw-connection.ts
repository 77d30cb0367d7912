// A client that says exactly what a test tells it to: raw bytes over a socket, TLS with any
// server name, two Host headers, another Host on the next request.

import { connect as connectSocket, isIP, type Socket } from "node:net"
import { connect as connectTls } from "node:tls"
import { within } from "@bot-bottle/testkit"

export interface RawResponse {
  readonly status: number
  /** Lower-case names. */
  readonly headers: Readonly<Record<string, string>>
  readonly body: Buffer
  /** False when the connection ended before the body did. */
  readonly whole: boolean
}

export interface TlsOptions {
  readonly serverName?: string | undefined
  readonly ca: string
  /** An attacker's client believes any certificate. */
  readonly believesAnyone?: boolean
}

export interface RawConnection extends Disposable {
  send(bytes: string | Uint8Array): void
  /** Reads one response; undefined when the connection ended before its head did. Every read throws when no byte comes. */
  readResponse(method?: string): Promise<RawResponse | undefined>
  /** Reads the head only; what follows stays for `readChunk`. */
  readHead(): Promise<Omit<RawResponse, "body" | "whole"> | undefined>
  /** One chunk of a chunked body, `undefined` at its end, throws when the connection broke. */
  readChunk(): Promise<Buffer | undefined>
  /** Stops and resumes reading from the kernel. */
  pause(): void
  resume(): void
  /** Rejects when the connection stays open. */
  readonly closed: Promise<void>
  /** The bytes that came and were not read. */
  takeHeld(): Buffer
  /** The same connection inside TLS. Rejects when the handshake fails. */
  startTls(options: TlsOptions): Promise<RawConnection>
  /** Lets an agent take the socket over. */
  readonly socket: Socket
}

/** Of the bytes that a failed read had, in its message. */
const MAX_SHOWN = 500

/** Over a Unix socket, or a TCP port of this machine. */
export async function connectRaw(front: string | number): Promise<RawConnection> {
  const socket = typeof front === "string" ? connectSocket(front) : connectSocket(front, "127.0.0.1")
  await new Promise<void>((resolve, reject) => socket.once("connect", resolve).once("error", reject))
  return wrapSocket(socket)
}

/** CONNECT, then the answer to it. */
export async function openTunnel(
  front: string | number,
  authority: string,
): Promise<{ raw: RawConnection; answer: RawResponse }> {
  const raw = await connectRaw(front)
  raw.send(`CONNECT ${authority} HTTP/1.1\r\nHost: ${authority}\r\n\r\n`)
  const answer = await raw.readResponse("CONNECT")
  if (answer === undefined) throw new Error("the proxy closed the connection without an answer")
  return { raw, answer }
}

/** CONNECT and TLS with the right name: the well-behaved client. */
export async function openTls(
  front: string | number,
  ca: string,
  authority: string,
  serverName?: string,
): Promise<RawConnection> {
  const { raw, answer } = await openTunnel(front, authority)
  if (answer.status !== 200) throw new Error(`CONNECT ${authority}: ${answer.status} ${answer.body}`)
  return raw.startTls({ ca, serverName: serverName ?? authority.replace(/:\d+$/, "") })
}

/** The answer to a client that opens a tunnel and asks for `/` in it: by the proxy at CONNECT, or inside. */
export async function askThrough(front: string | number, ca: string, authority: string): Promise<RawResponse> {
  const { raw, answer } = await openTunnel(front, authority)
  if (answer.status !== 200) return answer
  const host = authority.replace(/:\d+$/, "")
  const isAddress = isIP(host.replace(/^\[|\]$/g, "")) !== 0
  using secure = await raw.startTls({
    ca,
    believesAnyone: true,
    ...(isAddress ? {} : { serverName: host.replace(/\.$/, "") }),
  })
  secure.send(`GET / HTTP/1.1\r\nHost: ${authority.replace(/:443$/, "")}\r\n\r\n`)
  const response = await secure.readResponse()
  if (response === undefined) throw new Error("the proxy closed the tunnel without an answer")
  return response
}

/** Over a socket that is open. */
export function wrapSocket(socket: Socket): RawConnection {
  let held: Buffer = Buffer.alloc(0)
  let ended = false
  let wake = Promise.withResolvers<void>()
  const closed = Promise.withResolvers<void>()
  const ring = (): void => {
    wake.resolve()
    wake = Promise.withResolvers()
  }
  const onData = (bytes: Buffer): void => {
    held = Buffer.concat([held, bytes])
    ring()
  }
  const onEnd = (): void => {
    ended = true
    closed.resolve()
    ring()
  }
  socket.on("data", onData).on("end", onEnd).on("close", onEnd).on("error", onEnd)

  async function readUntil(found: () => number): Promise<number> {
    for (;;) {
      const end = found()
      if (end >= 0) return end
      if (ended) return -1
      await within("more bytes on a connection", wake.promise, {
        describe: () => `held: ${JSON.stringify(held.toString("latin1").slice(-MAX_SHOWN))}`,
      })
    }
  }

  function take(length: number): Buffer {
    const taken = held.subarray(0, length)
    held = held.subarray(length)
    return taken
  }

  async function readHead() {
    const end = await readUntil(() => held.indexOf("\r\n\r\n"))
    if (end < 0) return undefined
    const [statusLine = "", ...lines] = take(end + 4)
      .toString("latin1")
      .split("\r\n")
    const fields = lines
      .filter((line) => line !== "")
      .map((line): [string, string] => {
        const colon = line.indexOf(":")
        return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()]
      })
    return { status: Number(statusLine.split(" ")[1]), headers: Object.fromEntries(fields) }
  }

  async function readChunk(): Promise<Buffer | undefined> {
    const line = await readUntil(() => held.indexOf("\r\n"))
    if (line < 0) throw new Error("the connection broke inside a chunked body")
    const length = Number.parseInt(take(line + 2).toString("latin1"), 16)
    if ((await readUntil(() => (held.length >= length + 2 ? 0 : -1))) < 0)
      throw new Error("the connection broke inside a chunk")
    const chunk = Buffer.from(take(length))
    take(2)
    return length === 0 ? undefined : chunk
  }

  async function readResponse(method = "GET"): Promise<RawResponse | undefined> {
    const head = await readHead()
    if (head === undefined) return undefined
    const bodyless =
      method === "HEAD" || head.status === 204 || head.status === 304 || (method === "CONNECT" && head.status === 200)
    if (bodyless) return { ...head, body: Buffer.alloc(0), whole: true }
    if (head.headers["transfer-encoding"] === "chunked") {
      const parts: Buffer[] = []
      try {
        for (let part = await readChunk(); part !== undefined; part = await readChunk()) parts.push(part)
      } catch {
        return { ...head, body: Buffer.concat(parts), whole: false }
      }
      return { ...head, body: Buffer.concat(parts), whole: true }
    }
    const length = Number(head.headers["content-length"] ?? 0)
    const whole = (await readUntil(() => (held.length >= length ? 0 : -1))) === 0
    return { ...head, body: Buffer.from(take(Math.min(length, held.length))), whole }
  }

  return {
    socket,
    send: (bytes) => void socket.write(bytes),
    readHead,
    readChunk,
    readResponse,
    pause: () => void socket.pause(),
    resume: () => void socket.resume(),
    get closed() {
      return within("a connection to close", closed.promise)
    },
    takeHeld: () => take(held.length),
    startTls: ({ serverName, ca, believesAnyone = false }) =>
      new Promise((resolve, reject) => {
        socket.off("data", onData)
        const secure = connectTls({
          socket,
          ca,
          rejectUnauthorized: !believesAnyone,
          ALPNProtocols: ["http/1.1"],
          ...(serverName === undefined ? {} : { servername: serverName }),
        })
        secure.once("secureConnect", () => resolve(wrapSocket(secure)))
        secure.once("error", reject)
        secure.once("close", () => reject(new Error("closed during the handshake")))
      }),
    [Symbol.dispose]: () => void socket.destroy(),
  }
}
