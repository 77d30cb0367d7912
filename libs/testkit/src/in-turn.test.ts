import { expect, test } from "bun:test"
import { join } from "node:path"
import { inTurn, openTempFolder, startProgram } from "./index.ts"

const SOON = { deadlineMs: 30_000 }

test("works of one turn never overlap, and each has its result", async () => {
  await using folder = await openTempFolder()
  const steps: string[] = []
  const work = (name: string) => async () => {
    steps.push(`${name} begins`)
    await Bun.sleep(30)
    steps.push(`${name} ends`)
    return name
  }
  const file = join(folder.path, "below/turn")
  expect(await Promise.all(["a", "b"].map((name) => inTurn(file, work(name), SOON)))).toEqual(["a", "b"])
  const [one, other] = steps[0] === "a begins" ? ["a", "b"] : ["b", "a"]
  expect(steps).toEqual([`${one} begins`, `${one} ends`, `${other} begins`, `${other} ends`])
})

test("work that throws gives the turn back", async () => {
  await using folder = await openTempFolder()
  const file = join(folder.path, "turn")
  const failing = inTurn(file, () => Promise.reject(new Error("no network")), SOON)
  await expect(failing).rejects.toThrow("no network")
  expect(await inTurn(file, async () => "done", SOON)).toBe("done")
})

test("another process holds its turn until it dies", async () => {
  await using folder = await openTempFolder()
  const file = join(folder.path, "turn")
  const script = `
    const { inTurn } = await import(${JSON.stringify(join(import.meta.dir, "in-turn.ts"))})
    await inTurn(${JSON.stringify(file)}, async () => { console.log("mine"); await Bun.sleep(60_000) }, { deadlineMs: 30_000 })`
  await using holder = startProgram([process.execPath, "-e", script])
  await holder.untilStdout(/mine/)
  await expect(inTurn(file, async () => "too early", { deadlineMs: 200 })).rejects.toThrow("ended without")
  const mine = inTurn(file, async () => "mine", SOON)
  holder.kill("SIGKILL")
  expect(await mine).toBe("mine")
})
