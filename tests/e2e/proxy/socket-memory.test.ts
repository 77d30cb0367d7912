// The memory that a WebSocket can make the proxy hold: nothing that grows, whichever side does not
// read.

import { expect, test } from "bun:test"
import { readFileSync } from "node:fs"
import { join } from "node:path"
import { GUEST_SHARE_FILES } from "@bot-bottle/contracts"
import {
  createRunFolders,
  openSocketOver,
  openTls,
  route,
  startProxyProcess,
  startSocketUpstream,
  testConfig,
} from "@bot-bottle/proxy/testing"
import { waitFor } from "@bot-bottle/testkit"

const HOST = "api.example.com"
const MEGABYTE = 1024 * 1024
/** Far more than sockets and kernels hold between them. */
const SENT = 200

test.each(["agent", "host"] as const)(
  "INV-8: 200 MB for %s that does not read stay with their sender",
  async (deaf) => {
    await using scene = await startScene()
    const { proxy, client, far } = scene
    const [reader, sender] = deaf === "agent" ? [client.socket, far] : [far, client.socket]
    reader.pause()
    const before = residentBytes(proxy.pid)
    const message = Buffer.alloc(MEGABYTE, 1)
    let left = 0
    for (let index = 0; index < SENT; index++)
      sender.send(message, { binary: true }, () => {
        left += 1
      })
    let most = 0
    let [stood, same] = ["", 0]
    await waitFor(
      "the sender to be held back",
      () => {
        most = Math.max(most, residentBytes(proxy.pid))
        const stands = `${left} ${Math.round(most / MEGABYTE)}`
        same = stands === stood ? same + 1 : 0
        stood = stands
        return same === 50
      },
      { deadlineMs: 30_000 },
    )
    expect(left).toBeLessThan(SENT / 2)
    expect(most - before).toBeLessThan(64 * MEGABYTE)
  },
  60_000,
)

async function startScene() {
  const upstream = await startSocketUpstream({ host: HOST })
  const folders = await createRunFolders()
  const proxy = startProxyProcess(
    testConfig(folders.paths, {
      routes: [route(HOST)],
      resolve: { [HOST]: upstream.address },
      upstreamCa: upstream.caPem,
    }),
  )
  const first = await proxy.first
  if (first.kind !== "ready") throw new Error(JSON.stringify(first))
  const ca = readFileSync(join(folders.paths.guestShare, GUEST_SHARE_FILES.ca), "utf8")
  const tunnel = await openTls(proxy.frontPath, ca, `${HOST}:443`)
  const client = await openSocketOver(tunnel, `wss://${HOST}/`, { deflate: false })
  if ("status" in client) throw new Error(client.body)
  const far = await upstream.accepted()
  far.send("hello")
  await client.next()
  return {
    proxy,
    client,
    far,
    async [Symbol.asyncDispose]() {
      client.socket.terminate()
      await proxy[Symbol.asyncDispose]()
      await upstream[Symbol.asyncDispose]()
      await folders[Symbol.asyncDispose]()
    },
  }
}

function residentBytes(pid: number): number {
  return Number(/VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1]) * 1024
}
