// A proxy between an agent and a host that both say exactly what a test tells them to, and show
// the bytes they got.

import {
  type RawConnection,
  type RawServer,
  route,
  startRawServer,
  startTestProxy,
  type TestProxy,
  type TestProxyOptions,
} from "@bot-bottle/proxy/testing"
import { within } from "@bot-bottle/testkit"

export const HOST = "api.example.com"

export interface WireWorld extends AsyncDisposable {
  readonly proxy: TestProxy
  readonly server: RawServer
  open(): Promise<RawConnection>
}

export async function startWireWorld(
  options: Partial<TestProxyOptions> = {},
  scheme: "https" | "http" = "https",
): Promise<WireWorld> {
  const server = await startRawServer({ host: HOST, scheme })
  const proxy = await startTestProxy({
    routes: [scheme === "https" ? route(HOST) : route(HOST, { scheme, port: 80 })],
    resolve: { [HOST]: server.address },
    upstreamCa: server.caPem,
    ...options,
  })
  return {
    proxy,
    server,
    open: () => proxy.open(`${HOST}:443`),
    async [Symbol.asyncDispose]() {
      await proxy[Symbol.asyncDispose]()
      await server[Symbol.asyncDispose]()
    },
  }
}

/** Everything that a connection says from now on; resolves once `isWhole` says so, or the connection is over. */
export async function readUntil(connection: RawConnection, isWhole: (said: string) => boolean): Promise<string> {
  let said = ""
  const { promise, resolve } = Promise.withResolvers<void>()
  const look = (bytes: Buffer): void => {
    said += bytes.toString("latin1")
    if (isWhole(said)) resolve()
  }
  look(connection.takeHeld())
  connection.socket.on("data", look)
  await within("the rest of what a connection says", Promise.race([promise, connection.closed]), {
    describe: () => `so far: ${JSON.stringify(said)}`,
  })
  connection.socket.off("data", look)
  connection.takeHeld()
  return said
}

export const bytesOf = (text: string): Buffer => Buffer.from(text, "latin1")

export const endsWith = (end: string) => (said: string) => said.endsWith(end)

/** One request and one answer; both as the other side got them. */
export async function passThrough(
  world: WireWorld,
  request: string,
  answer: string,
  options: { readonly requestEnd?: string; readonly answerEnd?: string } = {},
): Promise<{ readonly request: string; readonly answer: string }> {
  const { requestEnd = request.slice(-8), answerEnd = answer.slice(-8) } = options
  using agent = await world.open()
  agent.send(bytesOf(request))
  const far = await world.server.accepted()
  const got = await readUntil(far, endsWith(requestEnd))
  far.send(bytesOf(answer))
  return { request: got, answer: await readUntil(agent, endsWith(answerEnd)) }
}
