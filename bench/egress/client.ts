// One TLS connection to the upstream, direct or through a CONNECT proxy: Bun's own sockets and
// the least HTTP that will do, so that the client's own cost is small and the same for everyone.

import type { Socket, SocketHandler } from "bun"

export interface Way {
  readonly host: string
  readonly upstreamPort: number
  /** The CA that the client trusts: the upstream's, or the proxy's. */
  readonly ca: readonly string[]
  /** Absent: straight to the upstream. */
  readonly proxy?: { readonly unix: string } | { readonly port: number; readonly authorization?: string }
  /** The port that CONNECT names: the real one for a peer that dials it, 443 where a resolve table does. */
  readonly connectPort: number
}

export interface Connection {
  /** Sends one request and resolves with the length of the answer's body. */
  exchange(request: string | Uint8Array): Promise<number>
  /** Sends a request and hands over whatever comes back, until the connection closes. */
  listen(request: string | Uint8Array, onBytes: (chunk: Uint8Array) => void, onClose: () => void): void
  close(): void
}

export async function openConnection(way: Way): Promise<Connection> {
  const raw = await openTunnel(way)
  const { promise: secure, resolve, reject } = Promise.withResolvers<void>()
  let onData: (chunk: Uint8Array) => void = () => {}
  let onClose: () => void = () => reject(new Error("Closed during the handshake"))
  let unsent: Uint8Array = new Uint8Array()

  const [, tls] = raw.upgradeTLS<undefined>({
    data: undefined,
    tls: { serverName: way.host, ca: [...way.ca], rejectUnauthorized: true },
    socket: {
      handshake: (_socket, ok, error) => (ok ? resolve() : reject(error ?? new Error("Handshake failed"))),
      data: (_socket, chunk) => onData(chunk),
      drain: () => send(),
      close: () => onClose(),
      error: (_socket, error) => reject(error),
    },
  })
  await secure

  function send(): void {
    while (unsent.length > 0) {
      const written = tls.write(unsent)
      unsent = unsent.subarray(Math.max(written, 0))
      if (written <= 0) return
    }
  }

  function write(request: string | Uint8Array): void {
    unsent = typeof request === "string" ? new TextEncoder().encode(request) : request
    send()
  }

  return {
    exchange(request) {
      const { promise, resolve, reject } = Promise.withResolvers<number>()
      const answer = createAnswerReader()
      onClose = () => reject(new Error("Closed in the middle of an answer"))
      onData = (chunk) => {
        try {
          const length = answer.push(chunk)
          if (length !== undefined) resolve(length)
        } catch (error) {
          reject(error)
        }
      }
      write(request)
      return promise
    },
    listen(request, onBytes, closed) {
      onData = onBytes
      onClose = closed
      write(request)
    },
    close() {
      onClose = () => {}
      tls.end()
    },
  }
}

/** Counts the bytes of one answer's body, framing included; `push` gives the count once it is whole. */
function createAnswerReader(): { push(chunk: Uint8Array): number | undefined } {
  let head: Buffer | undefined = Buffer.alloc(0)
  let expected: number | "chunked" = 0
  let received = 0
  return {
    push(chunk) {
      if (head === undefined) received += chunk.length
      else {
        head = head.length === 0 ? Buffer.from(chunk) : Buffer.concat([head, chunk])
        const end = head.indexOf("\r\n\r\n")
        if (end === -1) return undefined
        const text = head.toString("latin1", 0, end).toLowerCase()
        if (!text.startsWith("http/1.1 200")) throw new Error(`Unexpected answer: ${text}`)
        expected = text.includes("transfer-encoding: chunked")
          ? "chunked"
          : Number(/content-length: (\d+)/.exec(text)?.[1])
        received = head.length - end - 4
        head = undefined
      }
      const whole = expected === "chunked" ? endsChunked(chunk) : received >= expected
      return whole ? received : undefined
    },
  }
}

/** Good enough for bodies of our own making: none of them holds these bytes. */
function endsChunked(chunk: Uint8Array): boolean {
  return Buffer.from(chunk.buffer, chunk.byteOffset, chunk.length).subarray(-5).toString("latin1") === "0\r\n\r\n"
}

async function openTunnel(way: Way): Promise<Socket<undefined>> {
  const { promise: tunnel, resolve, reject } = Promise.withResolvers<Socket<undefined>>()
  const handlers: SocketHandler<undefined> = {
    open: (socket) => {
      if (way.proxy === undefined) resolve(socket)
      else socket.write(connectRequest(way))
    },
    data: (socket, chunk) => {
      const answer = chunk.toString("latin1")
      if (answer.startsWith("HTTP/1.1 200")) resolve(socket)
      else reject(new Error(`Tunnel refused: ${answer}`))
    },
    close: () => reject(new Error("Closed before the tunnel stood")),
  }
  if (way.proxy !== undefined && "unix" in way.proxy) {
    await Bun.connect({ unix: way.proxy.unix, socket: handlers })
  } else {
    await Bun.connect({ hostname: "127.0.0.1", port: way.proxy?.port ?? way.upstreamPort, socket: handlers })
  }
  return tunnel
}

/** Asks a proxy for the tunnel. */
export function connectRequest({ host, connectPort, proxy }: Way): string {
  const authority = `${host}:${connectPort}`
  const authorization = proxy !== undefined && "port" in proxy ? proxy.authorization : undefined
  const password = authorization === undefined ? "" : `Proxy-Authorization: ${authorization}\r\n`
  return `CONNECT ${authority} HTTP/1.1\r\nHost: ${authority}\r\n${password}\r\n`
}

/** As clients write it: with the port, unless it is the usual one. */
export function hostOf({ host, connectPort }: Way): string {
  return connectPort === 443 ? host : `${host}:${connectPort}`
}

export function get(host: string, path: string): string {
  return `GET ${path} HTTP/1.1\r\nHost: ${host}\r\nAccept-Encoding: identity\r\n\r\n`
}
