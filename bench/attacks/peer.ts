// The requests of the attack suite (tests/isolation/attacks/wire/attack.ts), as this bench's peers
// answer them.

import { connect, createServer } from "node:net"

export interface Task {
  readonly upstreamCa: string
  readonly listed: readonly string[]
  readonly openPrefix: string
  readonly secret: string
}

export interface Peer extends AsyncDisposable {
  readonly name: string
  readonly pid: number
  readonly front: number
  readonly ca: string
  readonly offers: ReadonlySet<"inspection" | "rules" | "credentials" | "meter">
}

export async function accepts(port: number): Promise<void> {
  for (const deadline = Date.now() + 20_000; Date.now() < deadline; await Bun.sleep(50)) {
    try {
      const socket = await Bun.connect({ hostname: "127.0.0.1", port, socket: { data() {} } })
      socket.end()
      return
    } catch {
      // Not listening yet.
    }
  }
  throw new Error(`Nothing listens on port ${port}`)
}

/** Says a proxy's password for clients that know none: into the first head of each connection, after its first line. */
export function relayWithPassword(port: number, password: string): { readonly port: number; stop(): void } {
  const line = `Proxy-Authorization: Basic ${Buffer.from(password).toString("base64")}\r\n`
  const server = createServer((client) => {
    const proxy = connect(port, "127.0.0.1")
    client.once("data", (bytes) => {
      const first = Buffer.from(bytes)
      const end = first.indexOf("\n") + 1
      proxy.write(Buffer.concat([first.subarray(0, end), Buffer.from(line), first.subarray(end)]))
      client.pipe(proxy)
    })
    proxy.pipe(client)
    client.on("error", () => proxy.destroy()).on("close", () => proxy.destroy())
    proxy.on("error", () => client.destroy()).on("close", () => client.destroy())
  })
  server.listen(0, "127.0.0.1")
  const address = server.address()
  if (address === null || typeof address === "string") throw new Error("No port")
  return { port: address.port, stop: () => void server.close() }
}
