import { expect, test } from "bun:test"
import { join } from "node:path"

const HEARTBEAT = join(import.meta.dir, "heartbeat.ts")

test("INV-46: a process whose event loop stands still is ended by the kernel", async () => {
  const child = start("for (;;);")
  expect([await child.exited, child.signalCode]).toEqual([142, "SIGALRM"])
})

test("INV-46: one that spins through promises alone stands still as well", async () => {
  const child = start("for (;;) await null")
  await child.exited
  expect(child.signalCode).toBe("SIGALRM")
})

test("INV-46: control: one that turns lives past the alarm and ends when it has nothing to do", async () => {
  const child = start("await Bun.sleep(1500)")
  expect([await child.exited, child.signalCode]).toEqual([0, null])
})

function start(then: string) {
  const script = `import { startHeartbeat } from ${JSON.stringify(HEARTBEAT)}; startHeartbeat(1); ${then}`
  return Bun.spawn([process.execPath, "-e", script], { stdin: "ignore", stdout: "inherit", stderr: "inherit" })
}
