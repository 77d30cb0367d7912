import { expect, test } from "bun:test"
import { runProgram, startProgram } from "./program.ts"
import { openTempFolder } from "./temp-folder.ts"
import { asUnprivileged, isRoot, UNPRIVILEGED_ID } from "./unprivileged.ts"
import { waitFor } from "./wait-for.ts"

test("runProgram gives the exit code and both outputs, and inherits nothing but PATH", async () => {
  const script =
    "process.stdin.pipe(process.stdout); console.error(Object.keys(process.env).sort().join()); process.exitCode = 3"
  const result = await runProgram([process.execPath, "-e", script], { stdin: "é✓", env: { ONE: "1" } })
  expect(result).toEqual({ exitCode: 3, stdout: "é✓", stderr: "ONE,PATH\n" })
})

test("runProgram throws past its deadline with what the program said, and kills it", async () => {
  // It speaks at once: a runtime that loads first may be late on a busy machine.
  const run = runProgram(["sh", "-c", "echo $$; exec sleep 600"], { deadlineMs: 1_000 })
  const error = await run.then(
    () => undefined,
    (thrown: Error) => thrown,
  )
  expect(error?.message).toMatch(/did not end within 1000 ms\n\d+$/)
  const pid = Number(error?.message.match(/\d+$/)?.[0])
  expect(() => process.kill(pid, 0)).toThrow()
})

test("untilStdout reads a program that keeps running, and shows the output of one that ended without", async () => {
  await using running = startProgram([process.execPath, "-e", "console.log('port 80'); setInterval(() => {}, 1000)"])
  expect((await running.untilStdout(/port (\d+)/))[1]).toBe("80")

  await using ended = startProgram([process.execPath, "-e", "console.log('no'); console.error('why')"])
  await expect(ended.untilStdout(/port/)).rejects.toThrow("ended without /port/\nno\n\nwhy")
  await ended.result
})

test.skipIf(!isRoot())("asUnprivileged owns nothing of root's", async () => {
  await using mine = await openTempFolder()
  await using theirs = await openTempFolder({ owner: "unprivileged" })
  const touch = async (folder: string) => (await runProgram(asUnprivileged(["touch", `${folder}/a`]))).exitCode
  const user = await runProgram(asUnprivileged(["id", "-u"]))
  expect([user.stdout.trim(), await touch(mine.path), await touch(theirs.path)]).toEqual([`${UNPRIVILEGED_ID}`, 1, 0])
})

test("openTempFolder leaves nothing behind", async () => {
  const folder = await openTempFolder()
  await Bun.write(`${folder.path}/deep/file`, "x")
  await folder[Symbol.asyncDispose]()
  expect(await Bun.file(`${folder.path}/deep/file`).exists()).toBe(false)
})

test("waitFor gives the first answer, or says what it waited for", async () => {
  let asked = 0
  expect(await waitFor("three", () => (++asked === 3 ? asked : undefined))).toBe(3)
  const waiting = waitFor("Godot", () => false, { deadlineMs: 30, describe: () => "the road is empty" })
  await expect(waiting).rejects.toThrow("Waited 30 ms in vain for Godot\nthe road is empty")
})
