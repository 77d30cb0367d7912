import { expect, test } from "bun:test"
import { openSync, readdirSync } from "node:fs"
import { openGuestChannel } from "./guest-channel.ts"

test.each([
  // the guest says first             taken for up
  ["up\\n", true],
  ["up\\nstart {}\\nup\\n", true],
  ["u", false],
  ['{"kind":"up"}\\n', false],
  ["down\\nup\\n", false],
] as const)("INV-73: only `up`, first, is believed: %s", async (said, expected) => {
  // A guest that is up stays; one that is not ends, which is how the host learns of it.
  const stay = expected ? "read -r _" : ":"
  const channel = await openChannel(["/bin/sh", "-c", `printf '${said}' >&3; ${stay}`])
  expect(await channel.up).toBe(expected)
  await channel.stdin.close()
  await finish(channel)
})

test("the process starts with an empty environment, in /, and holds no descriptor of ours but its own five", async () => {
  const channel = await openChannel([
    "/bin/sh",
    "-c",
    "env; for n in $(seq 0 40); do test -e /proc/$$/fd/$n && echo $n; done",
  ])
  const text = await new Response(channel.stdout).text()
  await finish(channel)
  expect(text).toBe("PWD=/\n0\n1\n2\n3\n4\n")
})

test("nothing stays open when it has ended", async () => {
  const openFds = () => readdirSync("/proc/self/fd").length
  const cycle = async () => {
    const channel = await openChannel(["/bin/echo", "x"])
    await new Response(channel.stdout).text()
    await finish(channel)
  }
  await cycle()
  const before = openFds()
  for (let round = 0; round < 20; round += 1) await cycle()
  expect(openFds()).toBeLessThan(before + 5)
})

async function openChannel(argv: readonly string[]) {
  return openGuestChannel({ argv, extraFd: openSync("/dev/null", "r") })
}

async function finish(channel: Awaited<ReturnType<typeof openGuestChannel>>): Promise<void> {
  await channel.child.exited
  channel.cut()
  await channel.stdin.close()
  for (const stream of [channel.stdout, channel.stderr]) if (!stream.locked) await new Response(stream).text()
}
