// The forwarder as a process on the host: what it does when its surroundings fail.

import { expect, test } from "bun:test"
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { within } from "@bot-bottle/testkit"
import { FORWARDER_EXIT, type LauncherOrder, UP } from "./control-messages.ts"

test("INV-75: no agent without egress: a socket that never accepts ends the forwarder, and says which", async () => {
  await using forwarder = await openForwarder()
  forwarder.order({
    argv: ["/bin/sh", "-c", "echo ran"],
    egressSocket: "/nonexistent/egress.sock",
    egressTimeoutMs: 100,
  })
  expect(await forwarder.ended()).toEqual({
    exitCode: FORWARDER_EXIT.noEgress,
    stdout: "",
    stderr: "bot-bottle: error: the proxy did not answer at /nonexistent/egress.sock in time\n",
  })
})

test("INV-75: a socket that comes late is waited for", async () => {
  await using forwarder = await openForwarder()
  const egressSocket = join(forwarder.folder, "egress.sock")
  forwarder.order({ argv: ["/bin/sh", "-c", "echo ran"], egressSocket, egressTimeoutMs: 5000 })
  await Bun.sleep(50)
  using _listener = listen(egressSocket)
  expect(await forwarder.ended()).toEqual({ exitCode: 0, stdout: "ran\n", stderr: "" })
})

test("the launcher's end of the control channel closing ends the forwarder before any order", async () => {
  await using forwarder = await openForwarder()
  forwarder.hangUp()
  expect((await forwarder.ended()).exitCode).toBe(FORWARDER_EXIT.noEgress)
})

test("orders that arrive in pieces are read whole", async () => {
  await using forwarder = await openForwarder({ pieceBytes: 3 })
  const egressSocket = join(forwarder.folder, "egress.sock")
  using _listener = listen(egressSocket)
  forwarder.order({ argv: ["/bin/echo", "ü".repeat(50)], egressSocket, egressTimeoutMs: 5000 })
  expect((await forwarder.ended()).stdout).toBe(`${"ü".repeat(50)}\n`)
})

test("INV-75: an order that cannot be read ends the forwarder, and no agent starts", async () => {
  await using forwarder = await openForwarder()
  forwarder.order({ argv: ["/bin/echo", "ran"], rlimits: [5 as unknown as string] })
  expect(await forwarder.ended()).toEqual({
    exitCode: FORWARDER_EXIT.noEgress,
    stdout: "",
    stderr: "bot-bottle: error: the launcher sent an order that the guest cannot read\n",
  })
})

type StartOrder = Extract<LauncherOrder, { kind: "start" }>

async function openForwarder({ pieceBytes = Number.POSITIVE_INFINITY } = {}) {
  const folder = mkdtempSync(join(tmpdir(), "bottle-forwarder-"))
  const child = Bun.spawn([process.execPath, join(import.meta.dir, "main.ts")], {
    env: {},
    stdio: ["ignore", "pipe", "pipe", "socket-fd"],
  })
  const up = Promise.withResolvers<void>()
  const options: Bun.FdSocketOptions = {
    fd: child.stdio[3] as unknown as number,
    socket: {
      data(_socket, bytes) {
        if (bytes.toString() === UP) up.resolve()
      },
    },
  }
  const controlChannel = await Bun.connect(options as unknown as Bun.UnixSocketOptions)
  await within("the forwarder to be up", up.promise)
  return {
    folder,
    order(change: Partial<StartOrder>) {
      const order = {
        kind: "start",
        argv: [],
        env: {},
        cwd: "/",
        rlimits: [],
        egressSocket: "",
        egressTimeoutMs: 0,
        proxyPort: 0,
        ...change,
      }
      const line = Buffer.from(`${JSON.stringify(order)}\n`)
      for (let from = 0; from < line.length; from += pieceBytes)
        controlChannel.write(line.subarray(from, Math.min(line.length, from + pieceBytes)))
    },
    hangUp: () => controlChannel.terminate(),
    async ended() {
      const [exitCode, stdout, stderr] = await Promise.all([child.exited, child.stdout.text(), child.stderr.text()])
      return { exitCode, stdout, stderr }
    },
    async [Symbol.asyncDispose]() {
      child.kill("SIGKILL")
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

function listen(path: string): Disposable {
  const listener = Bun.listen({ unix: path, socket: { data() {} } })
  return { [Symbol.dispose]: () => listener.stop(true) }
}
