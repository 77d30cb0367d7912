// How the proxy ends: asked, abandoned or killed. In every case egress is closed and no
// request that left is missing from the ledger. (Security case 32.)

import { expect, test } from "bun:test"
import { existsSync } from "node:fs"
import { SLUG } from "@bot-bottle/proxy/testing"
import { readRest, startHeldStream, startWorld, type World } from "./proxy-world.ts"

test.each([
  ["its launcher is gone", (world: World) => world.proxy.closeStdin()],
  ["it gets SIGTERM", (world: World) => world.proxy.kill("SIGTERM")],
] as const)("INV-9: when %s, open streams end properly, are settled, and the proxy leaves", async (_what, end) => {
  await using scene = await startHeldStream()
  const { world, connection } = scene
  end(world)
  expect(await readRest(connection)).toMatch(/event: error\ndata: .*This run is ending/)
  expect(await world.proxy.exited).toBe(0)
  expect(await world.usage()).toMatchObject({ requests: 1, estimated: 1 })
  expect([existsSync(world.proxy.frontPath), existsSync(`${world.config.egressFolder}/control.sock`)]).toEqual([
    false,
    false,
  ])
})

test("INV-9: a proxy that is killed in the middle of a stream leaves its request reserved; the sweep charges it in full", async () => {
  await using scene = await startHeldStream()
  const { world, connection } = scene
  world.proxy.kill("SIGKILL")
  await connection.closed
  await world.proxy.exited
  await expect(world.open()).rejects.toThrow()

  expect((await world.usage()).charged).toBe(0)
  expect(await world.folders.ledger.sweep({ host: world.folders.ledger.host, isAlive: () => false })).toEqual([SLUG])
  const { requests, estimated, charged } = await world.usage()
  expect([requests, estimated, charged >= 100]).toEqual([1, 1, true])
})

test("a proxy with nothing open leaves by itself", async () => {
  await using world = await startWorld()
  world.proxy.closeStdin()
  expect(await world.proxy.exited).toBe(0)
})
