// Every bottle is found, whoever started it, and every found one can be ended.

import { expect, test } from "bun:test"
import { isProcessAlive } from "@bot-bottle/kernel"
import type { Subject } from "./subject.ts"
import { createNeighbour, openTestRun } from "./test-run.ts"

export function testFound(subject: Subject): void {
  test("a bottle is found by its host folder while it runs, by no other folder, and not once it has ended", async () => {
    await using run = openTestRun()
    await using other = openTestRun()
    createNeighbour(run)
    const backend = subject.create()
    const bottle = await backend.launch(run.plan(["/bin/sleep", "1000"]), { kind: "pipe" })
    const found = await backend.enumerate(run.root)
    expect({ found, elsewhere: await backend.enumerate(other.root) }).toEqual({
      found: [{ slug: bottle.slug, process: bottle.process, isRunning: true, what: expect.any(String) }],
      elsewhere: [],
    })
    await bottle.kill()
    expect(await backend.enumerate(run.root)).toEqual([])
  })

  test("cleanup ends what was found, and again does nothing", async () => {
    await using run = openTestRun()
    const backend = subject.create()
    const bottle = await backend.launch(run.plan(["/bin/sh", "-c", "trap '' TERM; sleep 1000"]), { kind: "pipe" })
    const tree = await subject.listProcesses(bottle.process, run.folders.state)
    const [found] = await backend.enumerate(run.root)
    await backend.cleanup(found!)
    await backend.cleanup(found!)
    expect({ alive: tree.filter(isProcessAlive), left: await backend.enumerate(run.root) }).toEqual({
      alive: [],
      left: [],
    })
    expect(await bottle.exited).toBe(137)
  })
}
