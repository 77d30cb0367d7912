import { expect, test } from "bun:test"
import { join } from "node:path"

test("what was not read by the time a terminal is put back reaches nobody: an answer to the agent is not typed into the shell", async () => {
  const script = `
    import { dlopen } from "bun:ffi"
    import { readSync } from "node:fs"
    import { enterRawMode } from ${JSON.stringify(join(import.meta.dir, "raw-mode.ts"))}
    const restore = enterRawMode(0)
    const { ioctl } = dlopen("libc.so.6", { ioctl: { args: ["int", "u64", "ptr"], returns: "int" } }).symbols
    const FIONREAD = 0x541b
    const unread = new Int32Array(1)
    process.on("SIGUSR1", () => {
      // The signal may overtake the bytes.
      while (ioctl(0, FIONREAD, unread) === 0 && unread[0] === 0) Bun.sleepSync(1)
      restore()
      console.log("restored")
      const bytes = new Uint8Array(100)
      console.log("got " + Buffer.from(bytes.subarray(0, readSync(0, bytes))).toString().trim())
      process.exit(0)
    })
    setInterval(() => {}, 1_000)
    console.log("raw")`
  let shown = ""
  let onShown = () => {}
  const child = Bun.spawn([process.execPath, "-e", script], {
    terminal: {
      cols: 80,
      rows: 24,
      data(_terminal, bytes) {
        shown += Buffer.from(bytes).toString()
        onShown()
      },
    },
  })
  const until = async (text: string) => {
    while (!shown.includes(text)) {
      const { promise, resolve } = Promise.withResolvers<void>()
      onShown = resolve
      await promise
    }
  }
  await until("raw")
  child.terminal!.write("\x1b[24;80R rm -rf\r")
  child.kill("SIGUSR1")
  await until("restored")
  child.terminal!.write("key\n")
  await until("got")
  await child.exited
  expect(shown).toContain("got key")
})
