import { expect, test } from "bun:test"
import type { ProcessIdentity } from "@bot-bottle/contracts"
import { waitFor } from "@bot-bottle/testkit"
import { endProcessTree } from "./end-process-tree.ts"
import {
  identifyProcess,
  isProcessAlive,
  killProcess,
  listDescendants,
  listSettledDescendants,
  pidOf,
} from "./process-identity.ts"
import { readUptimeMs } from "./read-uptime.ts"

/** USER_HZ of every Linux that we run on. */
const MS_PER_TICK = 10

test("INV-46: the same pid of another start or another boot is another process", async () => {
  await using child = sleeper()
  const identity = identifyProcess(child.pid)!
  const [pid, ticks, boot] = identity.split(":")
  const others = [`${pid}:${Number(ticks) + 1}:${boot}`, `${pid}:${ticks}:${"0".repeat(36)}`] as ProcessIdentity[]
  expect({
    self: isProcessAlive(identity),
    others: others.map(isProcessAlive),
    killed: others.map((other) => killProcess(other)),
  }).toEqual({
    self: true,
    others: [false, false],
    killed: [false, false],
  })
  expect(isProcessAlive(identity)).toBe(true)
})

test("INV-46: the start time is read right, also of a process with spaces and parentheses in its name", async () => {
  const fromMs = readUptimeMs()
  await using child = Bun.spawn(["/usr/bin/perl", "-e", '$| = 1; $0 = ") Z 1 ("; print "ok\\n"; sleep 100'], {
    stdout: "pipe",
  })
  await child.stdout.getReader().read()
  const toMs = readUptimeMs()
  expect(await Bun.file(`/proc/${child.pid}/stat`).text()).toContain("Z 1")
  const [pid, ticks] = identifyProcess(child.pid)?.split(":") ?? []
  const startedMs = Number(ticks) * MS_PER_TICK
  expect([pid, startedMs > fromMs - MS_PER_TICK, startedMs <= toMs]).toEqual([`${child.pid}`, true, true])
})

test("INV-46: a zombie is dead", async () => {
  // The child ends after exec has replaced the shell by a program that never waits for it.
  await using parent = Bun.spawn(["/bin/sh", "-c", "sleep 0.05 & echo $!; exec sleep 100"], {
    stdout: "pipe",
    stderr: "ignore",
  })
  const { value } = await parent.stdout.getReader().read()
  const pid = Number(Buffer.from(value!).toString())
  await waitFor("the child's end", () => identifyProcess(pid) === undefined)
  expect(await Bun.file(`/proc/${pid}/stat`).text()).toContain(" Z ")
  expect(identifyProcess(pid)).toBeUndefined()
})

test("killing a process that is gone is not an error", async () => {
  const child = sleeper()
  const identity = identifyProcess(child.pid)!
  expect(killProcess(identity)).toBe(true)
  await child.exited
  expect([killProcess(identity), isProcessAlive(identity), identifyProcess(0)]).toEqual([false, false, undefined])
})

test("INV-46: endProcessTree takes children that ignore signals, and twice is once", async () => {
  const top = Bun.spawn(
    ["/bin/sh", "-c", "trap '' TERM INT HUP; (trap '' TERM; sleep 100) & (setsid sleep 100) & echo; wait"],
    { stdout: "pipe" },
  )
  await top.stdout.getReader().read()
  const identity = identifyProcess(top.pid)!
  await waitFor("both children", () => listDescendants(identity).length === 2)
  const tree = listDescendants(identity)
  expect(listSettledDescendants(identity).toSorted()).toEqual(tree.toSorted())
  await endProcessTree(identity)
  await endProcessTree(identity)
  expect([identity, ...tree].filter(isProcessAlive)).toEqual([])
  expect(pidOf(identity)).toBe(top.pid)
})

/** Disposing a child kills it. */
function sleeper() {
  return Bun.spawn(["/bin/sleep", "100"])
}
