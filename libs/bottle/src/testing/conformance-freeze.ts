// How a bottle is stopped to be kept, and built again from what was kept.

import { expect, test } from "bun:test"
import type { ProcessIdentity } from "@bot-bottle/contracts"
import { isProcessAlive, listDescendants } from "@bot-bottle/kernel"
import type { Bottle } from "../backend.ts"
import type { Subject } from "./subject.ts"
import { openTestRun, perl, runInBottle, type TestRun } from "./test-run.ts"

/** Answers to nothing and forks whenever its limit lets it. */
const BOMB = `
  $SIG{TERM} = $SIG{INT} = $SIG{HUP} = "IGNORE"; $| = 1; print "ready\\n";
  while (1) { defined(fork) or select(undef, undef, undef, 0.002) }`

export function testFreeze(subject: Subject): void {
  const createBackend = subject.create
  test("INV-46: freeze lets the agent write its last line; home and workspace are there in the next bottle", async () => {
    await using run = openTestRun()
    const backend = createBackend()
    const script =
      "trap 'echo last >> ~/said; exit 0' TERM; echo first > ~/said; echo kept > work; echo ready; while :; do sleep 0.01; done"
    const bottle = await backend.launch(run.plan(["/bin/sh", "-c", script]), { kind: "pipe" })
    const tree = await treeOnceReady(subject, run, bottle)
    await bottle.freeze()
    expect(tree.filter(isProcessAlive)).toEqual([])

    const { stdout } = await runInBottle(backend, run.plan(["/bin/sh", "-c", "cat ~/said work"]))
    expect(stdout).toBe("first\nlast\nkept\n")
  })

  test.each([
    ["ignores every signal", "trap '' INT TERM HUP; echo ready; while :; do sleep 1000; done"],
    ["stops itself", "echo ready; kill -STOP $$"],
    [
      "answers a request to end by starting more",
      "trap '(setsid sleep 1000 &); (setsid sleep 1000 &)' TERM; echo ready; while :; do sleep 0.05; done",
    ],
  ])("INV-46: freeze of an agent that %s comes to an end, and nothing runs", async (_, script) => {
    await using run = openTestRun()
    const bottle = await createBackend().launch(run.plan(["/bin/sh", "-c", script]), { kind: "pipe" })
    const tree = await treeOnceReady(subject, run, bottle)
    await bottle.freeze()
    expect([...tree, ...listDescendants(bottle.process)].filter(isProcessAlive)).toEqual([])
  })

  test.each(["kill", "freeze"] as const)(
    "INV-46: %s ends a fork bomb that has filled its limit, for one who has its identity alone",
    async (how) => {
      await using run = openTestRun()
      const backend = createBackend()
      const bottle = await backend.launch(run.plan(perl(BOMB), { limits: { pids: 48 } }), { kind: "pipe" })
      await treeOnceReady(subject, run, bottle)
      const list = () => subject.listProcesses(bottle.process, run.folders.state)
      await until(async () => (await list()).length > 30)
      const tree = await list()
      await backend[how](bottle.process)
      expect(tree.filter(isProcessAlive)).toEqual([])
      await backend[how](bottle.process)
    },
  )
}

async function treeOnceReady(subject: Subject, run: TestRun, bottle: Bottle): Promise<readonly ProcessIdentity[]> {
  const reader = bottle.stdout!.getReader()
  for (let text = ""; !text.includes("ready\n"); ) {
    const { done, value } = await reader.read()
    if (done) throw new Error(`The output ended before it was ready: ${text}`)
    text += Buffer.from(value).toString("latin1")
  }
  reader.releaseLock()
  return await subject.listProcesses(bottle.process, run.folders.state)
}

async function until(holds: () => Promise<boolean>): Promise<void> {
  for (let attempt = 0; attempt < 500; attempt += 1) {
    if (await holds()) return
    await Bun.sleep(10)
  }
  throw new Error("It did not happen within five seconds")
}
