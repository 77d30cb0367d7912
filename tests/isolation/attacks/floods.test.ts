// Security case 35, as far as it goes through the proxy. Connections that a bottle opens and never
// uses must cost the host little, and the operator must still control the proxy.

import { expect, test } from "bun:test"
import { readdirSync } from "node:fs"
import { connect, type Socket } from "node:net"
import { waitFor } from "@bot-bottle/testkit"
import { ask, startWorld } from "../../e2e/proxy/proxy-world.ts"

test("6,000 connections leave descriptors for the operator, the running tunnels and the budget", async () => {
  await using world = await startWorld({ limitTokens: 175 })
  using kept = await world.open()
  using flood = await openFlood(world.proxy.frontPath, 6_000)
  // Above 4096 they are closed unread.
  await waitFor("the connections over the limit to be closed", () => flood.closed() > 1_500)
  expect(descriptorsOf(world.proxy.pid)).toBeLessThan(4_400)

  expect((await world.proxy.control("GET", "/status")).egress).toBe("open")
  kept.send(ask())
  expect((await kept.readResponse())?.status).toBe(200)
  // Charged 50 of 175: the same once more fits into what is left only lowered, a third time not at all.
  kept.send(ask())
  expect((await kept.readResponse())?.status).toBe(200)
  kept.send(ask())
  expect((await kept.readResponse())?.status).toBe(402)
  expect((await world.proxy.control("POST", "/cutoff")).egress).toBe("cut")
})

/** Connections that say nothing; resolves once each was taken or refused. */
async function openFlood(path: string, count: number) {
  const sockets: Socket[] = []
  let closed = 0
  for (let opened = 0; opened < count; opened += BATCH) {
    const batch = Array.from({ length: BATCH }, () => connect(path))
    sockets.push(...batch)
    for (const socket of batch) {
      socket.on("error", () => {
        // Closed by the proxy, which is the point; `close` follows.
      })
      socket.on("close", () => {
        closed += 1
      })
    }
    await Promise.all(
      batch.map((socket) => new Promise((resolve) => socket.once("connect", resolve).once("close", resolve))),
    )
  }
  return {
    closed: () => closed,
    [Symbol.dispose]: () => {
      for (const socket of sockets) socket.destroy()
    },
  }
}

/** Fewer than wait in a listener's queue. */
const BATCH = 200

function descriptorsOf(pid: number): number {
  return readdirSync(`/proc/${pid}/fd`).length
}
