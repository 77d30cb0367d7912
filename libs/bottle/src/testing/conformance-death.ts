// How a bottle ends: by its agent, by an operator, by the death of any part.

import { expect, test } from "bun:test"
import { readdirSync, readFileSync } from "node:fs"
import { join } from "node:path"
import type { ProcessIdentity } from "@bot-bottle/contracts"
import { identifyProcess, isProcessAlive, listDescendants, pidOf } from "@bot-bottle/kernel"
import type { Bottle } from "../backend.ts"
import type { Subject } from "./subject.ts"
import { openTestRun, runInBottle, type TestRun } from "./test-run.ts"

/** Ignores what can be ignored, leaves its session, breeds. */
const HOSTILE = `trap '' INT TERM HUP QUIT USR1 PIPE; (setsid sh -c "trap '' INT TERM HUP; while :; do sleep 1000; done" &) ; echo ready; while :; do sleep 1000; done`

export function testDeath(subject: Subject): void {
  const createBackend = subject.create
  test("INV-46: kill ends a tree that ignores every signal, at once and for good", async () => {
    await using run = openTestRun()
    const bottle = await createBackend().launch(run.plan(["/bin/sh", "-c", HOSTILE]), { kind: "pipe" })
    const tree = await treeOnceReady(subject, run, bottle)
    expect(tree.length).toBeGreaterThan(3)
    await bottle.kill()
    await bottle.kill()
    expect({ alive: tree.filter(isProcessAlive), exitCode: await bottle.exited }).toEqual({ alive: [], exitCode: 137 })
  })

  test("another process kills the bottle by its identity alone", async () => {
    await using run = openTestRun()
    const backend = createBackend()
    const bottle = await backend.launch(run.plan(["/bin/sh", "-c", HOSTILE]), { kind: "pipe" })
    const tree = await treeOnceReady(subject, run, bottle)
    await backend.kill(`${pidOf(bottle.process)}:1:not-this-boot` as ProcessIdentity)
    expect(isProcessAlive(bottle.process)).toBe(true)
    await backend.kill(bottle.process)
    expect(tree.filter(isProcessAlive)).toEqual([])
  })

  test("what the agent left running ends with the agent", async () => {
    await using run = openTestRun()
    const plan = run.plan(["/bin/sh", "-c", "(setsid sleep 1000 &); echo ready; read go; exit 4"])
    const bottle = await createBackend().launch(plan, { kind: "pipe" })
    const tree = await treeOnceReady(subject, run, bottle)
    expect(await bottle.exited).toBe(4)
    expect(tree.filter(isProcessAlive)).toEqual([])
  })

  test("INV-75: an agent that kills the forwarder ends its own bottle", async () => {
    await using run = openTestRun()
    const { exitCode, stdout } = await runInBottle(
      createBackend(),
      run.plan(["/bin/sh", "-c", "echo before; kill -KILL $PPID; sleep 5; echo after"]),
    )
    expect({ exitCode, stdout }).toEqual({ exitCode: 137, stdout: "before\n" })
  })

  test("a signal passed on reaches the agent, which may answer it", async () => {
    await using run = openTestRun()
    const bottle = await createBackend().launch(
      run.plan(["/bin/sh", "-c", "trap 'exit 5' INT; echo ready; while :; do sleep 0.01; done"]),
      { kind: "pipe" },
    )
    await treeOnceReady(subject, run, bottle)
    bottle.signal("SIGINT")
    expect(await bottle.exited).toBe(5)
  })

  test("a launcher killed with SIGKILL leaves no process and no mount", async () => {
    await using run = openTestRun()
    await using launcher = spawnLauncher(subject, run, HOSTILE)
    await bytesUpTo(launcher.stdout, "ready\n")
    const tree = await subject.listProcesses(identifyProcess(launcher.pid)!, run.folders.state)
    expect(tree.length).toBeGreaterThan(3)
    launcher.kill("SIGKILL")
    await launcher.exited
    await untilNone(() => tree.filter(isProcessAlive))
    await untilNone(() => processesOf(run))
    expect(readFileSync("/proc/self/mountinfo", "utf8")).not.toContain(run.root)
  })

  test.each(subject.killMoments)("a launcher killed %p ms after its start leaves nothing", async (afterMs) => {
    await using run = openTestRun()
    await using launcher = spawnLauncher(subject, run, HOSTILE)
    // The first child is the event; the milliseconds only choose the moment after it.
    await until(() => listDescendants(identifyProcess(launcher.pid)!).length > 0)
    await Bun.sleep(afterMs)
    launcher.kill("SIGKILL")
    await launcher.exited
    await untilNone(() => processesOf(run))
    const backend = subject.create()
    await until(async () => (await backend.enumerate(run.root)).length === 0)
  })
}

async function treeOnceReady(subject: Subject, run: TestRun, bottle: Bottle): Promise<readonly ProcessIdentity[]> {
  await bytesUpTo(bottle.stdout!, "ready\n")
  return await subject.listProcesses(bottle.process, run.folders.state)
}

async function bytesUpTo(stream: ReadableStream<Uint8Array>, ending: string): Promise<void> {
  const reader = stream.getReader()
  for (let text = ""; !text.includes(ending); ) {
    const { done, value } = await reader.read()
    if (done) throw new Error(`The output ended before ${JSON.stringify(ending)}: ${text}`)
    text += Buffer.from(value).toString("latin1")
  }
  reader.releaseLock()
}

function spawnLauncher(subject: Subject, run: TestRun, script: string) {
  const input = JSON.stringify({ backend: subject.name, plan: run.plan(["/bin/sh", "-c", script]), stdio: "inherit" })
  return Bun.spawn([process.execPath, join(import.meta.dir, "launcher.ts"), input], {
    stdio: ["ignore", "pipe", "ignore"],
  })
}

/** Living processes that still hold anything of the run: its folder as a mount of their own. */
function processesOf(run: TestRun): readonly ProcessIdentity[] {
  return readdirSync("/proc").flatMap((name) => {
    const identity = /^\d+$/.test(name) ? identifyProcess(Number(name)) : undefined
    return identity !== undefined && mentions(Number(name), run.folders.state) ? [identity] : []
  })
}

function mentions(pid: number, text: string): boolean {
  return ["mountinfo", "cmdline"].some((file) => {
    try {
      return readFileSync(`/proc/${pid}/${file}`, "utf8").includes(text)
    } catch {
      // Gone while we looked.
      return false
    }
  })
}

async function untilNone<T>(list: () => readonly T[]): Promise<void> {
  await until(() => list().length === 0).catch(() => expect(list()).toEqual([]))
}

async function until(holds: () => boolean | Promise<boolean>): Promise<void> {
  for (let attempt = 0; attempt < 1000; attempt += 1) {
    if (await holds()) return
    await Bun.sleep(5)
  }
  throw new Error("It did not happen within five seconds")
}
