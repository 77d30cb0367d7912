// The proxy of @anthropic-ai/sandbox-runtime, as its own manager sets it up. By default it relays
// TLS untouched, so nothing inside a tunnel can be asked of it.

import { accepts, type Peer, relayWithPassword, type Task } from "./peer.ts"

const PACKAGE = "@anthropic-ai/sandbox-runtime"
/** The attacks' listed hosts. It refuses loopback addresses, as it should, unless they are listed as well. */
const GOOD_ADDRESSES = [11, 12, 14, 15, 16, 17, 21, 22, 23, 24].map((last) => `127.0.0.${last}`)

interface Manager {
  initialize(config: object): Promise<void>
  getProxyPort(): number | undefined
  getProxyAuthToken(): string | undefined
  reset(): Promise<void>
}

export async function start(task: Task): Promise<Peer> {
  const found: { readonly SandboxManager: Manager } = await import(Bun.resolveSync(PACKAGE, Bun.env["PEERS"] ?? "."))
  const { SandboxManager } = found
  await SandboxManager.initialize({
    network: { allowedDomains: [...task.listed, ...GOOD_ADDRESSES], deniedDomains: [] },
    filesystem: { denyRead: [], allowWrite: ["."], denyWrite: [] },
  })
  const port = SandboxManager.getProxyPort()
  if (port === undefined) throw new Error("sandbox-runtime started no proxy")
  await accepts(port)
  const relay = relayWithPassword(port, `srt:${SandboxManager.getProxyAuthToken()}`)
  return {
    name: "sandbox-runtime",
    // It runs inside this very process.
    pid: process.pid,
    front: relay.port,
    // Nothing is terminated: clients see the upstream's own certificate.
    ca: task.upstreamCa,
    offers: new Set(),
    async [Symbol.asyncDispose]() {
      relay.stop()
      await SandboxManager.reset()
    },
  }
}
