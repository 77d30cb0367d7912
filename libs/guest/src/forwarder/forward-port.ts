// The bottle's end of `forward`: a program that the launcher runs beside the agent. It reads frames
// from stdin and writes frames to stdout; every connection leads to one port of the bottle's loopback.
//
//   forward-port.ts <port>

import { createFrameReader } from "./frames.ts"
import { createMultiplexer, type ForwardedConnection } from "./multiplexer.ts"

/** Servers listen on either, as their runtime reads "localhost". */
const HOSTS = ["127.0.0.1", "::1"]

const port = Number(Bun.argv[2])
const stdout = Bun.stdout.writer()
let hasRefused = false

const multiplexer = createMultiplexer({
  send(bytes) {
    stdout.write(bytes)
    void stdout.flush()
  },
  onOpen: (connection) => void dial(connection),
  onInvalid: () => process.exit(1),
})
const reader = createFrameReader(multiplexer.take, () => process.exit(1))
void main()

async function main(): Promise<never> {
  for await (const bytes of Bun.stdin.stream()) reader.read(bytes)
  process.exit(0)
}

async function dial(connection: ForwardedConnection): Promise<void> {
  for (const hostname of HOSTS) {
    try {
      await Bun.connect<ForwardedConnection>({
        hostname,
        port,
        data: connection,
        allowHalfOpen: true,
        socket: { ...multiplexer.handlers, open: (socket) => multiplexer.connected(connection, socket) },
      })
      return
    } catch {
      // Nothing listens there; the other one may.
    }
  }
  if (!hasRefused) process.stderr.write(`nothing listens on port ${port} in the bottle\n`)
  hasRefused = true
  multiplexer.close(connection)
}
