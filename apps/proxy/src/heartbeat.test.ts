import { expect, test } from "bun:test"
import { join } from "node:path"

const HEARTBEAT = join(import.meta.dir, "heartbeat.ts")
const KERNEL = Bun.fileURLToPath(import.meta.resolve("@bot-bottle/kernel"))
/** Beats are a tenth of it apart. */
const STILL_S = 10
const LONG_S = 100

test("INV-46: a process whose event loop stands still is ended by the kernel", async () => {
  const child = start("for (;;);")
  expect([await child.exited, child.signalCode]).toEqual([142, "SIGALRM"])
})

test("INV-46: one that spins through promises alone stands still as well", async () => {
  const child = start("for (;;) await null")
  await child.exited
  expect(child.signalCode).toBe("SIGALRM")
})

test("INV-46: control: one that turns puts the alarm off, and ends when it has nothing to do", async () => {
  // `alarm` tells how long the last one had to go: the beat has set its own in place of the long one.
  const child = start(
    `const { alarm } = libc(); alarm(${LONG_S}); while (alarm(${LONG_S}) > ${STILL_S}) await Bun.sleep(10)`,
    STILL_S,
  )
  expect([await child.exited, child.signalCode]).toEqual([0, null])
})

function start(then: string, stillS = 1) {
  const imports = `import { libc } from ${JSON.stringify(KERNEL)}; import { startHeartbeat } from ${JSON.stringify(HEARTBEAT)}`
  const script = `${imports}; startHeartbeat(${stillS}); ${then}`
  return Bun.spawn([process.execPath, "-e", script], { stdin: "ignore", stdout: "inherit", stderr: "inherit" })
}
