// The memory that a bottle can make the proxy hold: nothing that grows. (Security cases 15, 29.)

import { expect, test } from "bun:test"
import { readFileSync } from "node:fs"
import { join } from "node:path"
import {
  createRunFolders,
  createTestCa,
  openTls,
  route,
  startProxyProcess,
  startUpstream,
  testConfig,
} from "@bot-bottle/proxy/testing"

const MEGABYTE = 1024 * 1024

// 10 000 names by hand: 84 MB after the first thousand, 108 after five, 104 after ten.
test("case 15: names without end under a wildcard leave memory where it is", async () => {
  await using scene = await startScene()
  const { proxy, ca } = scene
  const before = residentBytes(proxy.pid)
  for (let index = 0; index < 500; index += 1) {
    using _ = await openTls(proxy.frontPath, ca, `n${index}.wild.example.com:443`)
  }
  expect(residentBytes(proxy.pid) - before).toBeLessThan(64 * MEGABYTE)
}, 60_000)

test("case 29: a 400 MB download leaves memory flat", async () => {
  await using scene = await startScene()
  const { proxy, ca } = scene
  using connection = await openTls(proxy.frontPath, ca, "big.wild.example.com:443")
  connection.send("GET / HTTP/1.1\r\nHost: big.wild.example.com\r\n\r\n")
  await connection.readHead()
  let size = 0
  let most = 0
  const before = residentBytes(proxy.pid)
  for (let chunk = await connection.readChunk(); chunk !== undefined; chunk = await connection.readChunk()) {
    if (Math.floor((size + chunk.length) / (16 * MEGABYTE)) > Math.floor(size / (16 * MEGABYTE)))
      most = Math.max(most, residentBytes(proxy.pid))
    size += chunk.length
  }
  expect(size).toBe(400 * MEGABYTE)
  expect(most - before).toBeLessThan(64 * MEGABYTE)
}, 60_000)

async function startScene() {
  const block = new Uint8Array(MEGABYTE)
  const upstream = startUpstream({
    host: "big.wild.example.com",
    ca: createTestCa(),
    answer() {
      let left = 400
      return new Response(
        new ReadableStream({
          pull(controller) {
            if (left-- === 0) controller.close()
            else controller.enqueue(block)
          },
        }),
      )
    },
  })
  const folders = await createRunFolders()
  const proxy = startProxyProcess(
    testConfig(folders.paths, {
      routes: [route("*.wild.example.com")],
      resolve: { "big.wild.example.com": upstream.address },
      upstreamCa: upstream.caPem,
    }),
  )
  expect(await proxy.first).toEqual({ kind: "ready" })
  return {
    proxy,
    ca: readFileSync(join(folders.paths.guestShare, "ca.pem"), "utf8"),
    async [Symbol.asyncDispose]() {
      await proxy[Symbol.asyncDispose]()
      await upstream[Symbol.asyncDispose]()
      await folders[Symbol.asyncDispose]()
    },
  }
}

function residentBytes(pid: number): number {
  return Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1]) * 1024
}
