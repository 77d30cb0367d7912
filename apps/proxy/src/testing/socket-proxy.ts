// A test proxy in front of a WebSocket server, and sockets through it.

import { type CredentialedRoute, Secret } from "@bot-bottle/contracts"
import { openTunnel } from "./raw-connection.ts"
import { openSocketOver, type RefusedHandshake, type SocketClient, type SocketClientOptions } from "./socket-client.ts"
import { type SocketUpstream, type SocketUpstreamOptions, startSocketUpstream } from "./socket-upstream.ts"
import { route, startTestProxy, type TestProxy } from "./test-proxy.ts"

export const HOST = "api.example.com"

/** With a credential in the policy every message is looked through; without one a socket is passed on as bytes. */
export const LOOKED_FOR = route("other.example.com", {
  injection: { header: "x-key", template: "{secret}" },
  secret: new Secret("sk-other-Kq8Zt3Vw6Xy1Bn4Mc7Lp"),
})

export const HANDSHAKE = {
  Host: HOST,
  Connection: "Upgrade",
  Upgrade: "websocket",
  "Sec-WebSocket-Version": "13",
  "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
}

export function lines(fields: Readonly<Record<string, string>>): string {
  return Object.entries(fields)
    .map(([name, value]) => `${name}: ${value}\r\n`)
    .join("")
}

export interface Bench extends AsyncDisposable {
  readonly upstream: SocketUpstream
  readonly proxy: TestProxy
  opened(options?: SocketClientOptions): Promise<SocketClient>
  refused(options?: SocketClientOptions, path?: string): Promise<RefusedHandshake>
}

export async function startBench(
  upstreamOptions: SocketUpstreamOptions = {},
  more: Partial<CredentialedRoute> = {},
): Promise<Bench> {
  const upstream = await startSocketUpstream(upstreamOptions)
  const proxy = await startTestProxy({
    routes: [route(HOST, more), LOOKED_FOR],
    resolve: { [HOST]: upstream.address },
    upstreamCa: upstream.caPem,
  })
  const scheme = more.scheme === "http" ? "ws" : "wss"
  return {
    upstream,
    proxy,
    async opened(options) {
      const client = await open(proxy, options, undefined, scheme)
      if ("status" in client) throw new Error(`${client.status} ${client.body}`)
      return client
    },
    async refused(options, path) {
      const client = await open(proxy, options, path, scheme)
      if (!("status" in client)) throw new Error("the socket opened")
      return client
    },
    async [Symbol.asyncDispose]() {
      await proxy[Symbol.asyncDispose]()
      await upstream[Symbol.asyncDispose]()
    },
  }
}

export async function open(proxy: TestProxy, options?: SocketClientOptions, path = "/socket?a=1", scheme = "wss") {
  const connection =
    scheme === "wss" ? await proxy.open(`${HOST}:443`) : (await openTunnel(proxy.frontPath, `${HOST}:80`)).raw
  return openSocketOver(connection, `${scheme}://${HOST}${path}`, options)
}
