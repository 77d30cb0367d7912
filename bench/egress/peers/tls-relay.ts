// The floor: ends TLS on both sides and passes the bytes between, reading none of them.
//
//   bun tls-relay.ts <port> <upstream port> <host> <cert.pem> <key.pem> <upstream ca.pem>

import { readFileSync } from "node:fs"
import type { Socket } from "bun"

const [port = "", upstreamPort = "", host = "", cert = "", key = "", ca = ""] = Bun.argv.slice(2)
const identity = { cert: readFileSync(cert), key: readFileSync(key) }
const roots = readFileSync(ca)

interface End {
  other: End | undefined
  socket: Socket<End> | undefined
  readonly queue: Uint8Array[]
}

const handlers = {
  data: ({ data: end }: Socket<End>, bytes: Uint8Array) => write(end.other, bytes, end),
  drain({ data: end }: Socket<End>) {
    for (let first = end.queue[0]; first !== undefined; first = end.queue[0]) {
      const written = end.socket?.write(first) ?? -1
      if (written >= 0 && written < first.length) {
        end.queue[0] = first.subarray(written)
        return
      }
      end.queue.shift()
    }
    end.other?.socket?.resume()
  },
  close: ({ data: end }: Socket<End>) => void end.other?.socket?.end(),
  error() {},
}

function write(to: End | undefined, bytes: Uint8Array, from: End): void {
  if (to === undefined) return
  const written = to.queue.length > 0 || to.socket === undefined ? 0 : to.socket.write(bytes)
  if (written < 0 || written === bytes.length) return
  to.queue.push(bytes.subarray(written))
  from.socket?.pause()
}

async function open(raw: Socket<End | undefined>): Promise<void> {
  raw.write("HTTP/1.1 200 Connection established\r\n\r\n")
  const near: End = { other: undefined, socket: undefined, queue: [] }
  const far: End = { other: near, socket: undefined, queue: [] }
  near.other = far
  const [plain, secure] = raw.upgradeTLS<End>({
    data: near,
    tls: { isServer: true, ...identity } as never,
    socket: handlers,
  })
  // Not undefined: the listener's handler gets every read a second time, as ciphertext.
  plain.data = null as never
  near.socket = secure
  await Bun.connect<End>({
    hostname: "127.0.0.1",
    port: Number(upstreamPort),
    data: far,
    tls: { serverName: host, ca: roots, rejectUnauthorized: true },
    socket: {
      ...handlers,
      handshake(socket) {
        far.socket = socket
        handlers.drain(socket)
      },
    },
  })
}

Bun.listen<End | undefined>({
  hostname: "127.0.0.1",
  port: Number(port),
  socket: {
    data(socket) {
      // CONNECT comes whole: this is a bench's own client.
      if (socket.data !== undefined) return
      socket.data = null as never
      void open(socket)
    },
    error() {},
  },
})
console.log("listening")
