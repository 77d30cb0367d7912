// The containers found in an engine that others use as well, and the remains in it when a part
// dies.

import { expect, test } from "bun:test"
import { readdirSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { DOCKER, openTestRun } from "@bot-bottle/bottle/testing"
import { runProgram, waitFor } from "@bot-bottle/testkit"
import { runsProgram } from "../started-program.ts"
import { describeIsolated } from "./require-isolation.ts"

const ENV = Bun.env["DOCKER_HOST"] === undefined ? {} : { DOCKER_HOST: Bun.env["DOCKER_HOST"] }

await describeIsolated("docker, leftovers", DOCKER.create(), () => {
  test("INV-46: a label that somebody else made up does not make a container ours", async () => {
    await using run = openTestRun()
    const backend = DOCKER.create()
    const image = (await backend.prepare(undefined, () => {})) ?? ""
    const state = join(run.root, "state", "made-00000")
    const made = `elsewhere\n${"0".repeat(64)}\trunning\t1:1:x\t${state}`
    const argv = ["docker", "create", "--network", "none", "--label", `bot-bottle.state=${made}`, image, "true"]
    const { stdout: id } = await runProgram(argv, { env: ENV })
    try {
      expect(await backend.enumerate(run.root)).toEqual([])
      const bottle = await backend.launch(run.plan(["/bin/sleep", "1000"]), { kind: "pipe" })
      expect((await backend.enumerate(run.root)).map(({ slug }) => slug)).toEqual([bottle.slug])
      await bottle.kill()
    } finally {
      await runProgram(["docker", "rm", "--force", id.trim()], { env: ENV })
    }
  })

  // Milliseconds after the keeper is there: before, while and after it makes and starts the container.
  test.each([0, 50, 100, 150, 200, 300, 400])(
    "INV-46: a keeper killed after %p ms leaves no container, while its launcher lives",
    async (afterMs) => {
      await using run = openTestRun()
      const launching = DOCKER.create().launch(run.plan(["/bin/sleep", "1000"]), { kind: "pipe" })
      const ended = launching.then(
        ({ exited }) => exited,
        () => undefined,
      )
      const keeper = await waitFor("the keeper", findKeeper)
      // The keeper is the event; the milliseconds only choose the moment after it.
      await Bun.sleep(afterMs)
      process.kill(keeper, "SIGKILL")
      await ended
      await waitFor("nothing to be left", async () => (await DOCKER.create().enumerate(run.root)).length === 0)
    },
  )
})

function findKeeper(): number | undefined {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .find((pid) => {
      try {
        const isOurs = readFileSync(`/proc/${pid}/status`, "utf8").includes(`PPid:\t${process.pid}\n`)
        return isOurs && runsProgram(readFileSync(`/proc/${pid}/cmdline`, "latin1"), "container-keeper")
      } catch {
        return false
      }
    })
}
