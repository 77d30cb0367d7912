// A host on loopback that says exactly what a test tells it to, and shows the bytes it got.

import { createServer, type Server, type Socket } from "node:net"
import { createServer as createTlsServer } from "node:tls"
import { within } from "@bot-bottle/testkit"
import { type RawConnection, wrapSocket } from "./raw-connection.ts"
import { createTestCa, type TestCa } from "./upstream.ts"

export interface RawServer extends AsyncDisposable {
  readonly address: string
  readonly port: number
  readonly caPem: string
  /** The next connection that nobody has asked for yet. Rejects when none comes. */
  accepted(): Promise<RawConnection>
  /** How many connections came so far. */
  readonly connections: number
}

export interface RawServerOptions {
  readonly host?: string
  readonly scheme?: "https" | "http"
  readonly ca?: TestCa
  /** Told of each connection besides `accepted`. */
  readonly onConnection?: (connection: RawConnection) => void
}

export async function startRawServer(options: RawServerOptions = {}): Promise<RawServer> {
  const { host = "api.example.com", scheme = "https", ca = createTestCa(), onConnection } = options
  const waiting: RawConnection[] = []
  const askers: ((connection: RawConnection) => void)[] = []
  const open = new Set<Socket>()
  let connections = 0
  const listener = (socket: Socket): void => {
    connections += 1
    open.add(socket)
    socket.on("close", () => open.delete(socket)).on("error", () => socket.destroy())
    const connection = wrapSocket(socket)
    onConnection?.(connection)
    const asker = askers.shift()
    if (asker === undefined) waiting.push(connection)
    else asker(connection)
  }
  const server: Server =
    scheme === "https"
      ? createTlsServer({ ...ca.mint(host), allowHalfOpen: true } as Parameters<typeof createTlsServer>[0], listener)
      : createServer({ allowHalfOpen: true }, listener)
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve))
  const bound = server.address()
  const port = typeof bound === "object" && bound !== null ? bound.port : 0
  return {
    address: `127.0.0.1:${port}`,
    port,
    caPem: ca.pem,
    accepted() {
      const next = waiting.shift()
      if (next !== undefined) return Promise.resolve(next)
      const { promise, resolve } = Promise.withResolvers<RawConnection>()
      askers.push(resolve)
      return within("a connection to the upstream", promise)
    },
    get connections() {
      return connections
    },
    async [Symbol.asyncDispose]() {
      server.close()
      for (const socket of open) socket.destroy()
    },
  }
}
