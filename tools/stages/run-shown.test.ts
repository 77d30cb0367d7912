import { expect, test } from "bun:test"
import { join } from "node:path"
import { openTempFolder, runProgram, startProgram, waitFor } from "@bot-bottle/testkit"

const SHOWN = join(import.meta.dir, "run-shown.ts")

test("runShown keeps and shows the output, without the developer's keys", async () => {
  const script =
    "console.log(process.env.ANTHROPIC_API_KEY, process.env.BOT_BOTTLE_HOME, process.env.KEPT, process.env.BOT_BOTTLE_ASKED)"
  const { run, shown } = await runIn(["-e", script], { deadlineS: 20, env: { BOT_BOTTLE_ASKED: "1" } })
  expect({ run, shown }).toEqual({
    run: { exitCode: 0, output: "undefined undefined yes 1\n", timedOut: false },
    shown: "undefined undefined yes 1\n",
  })
})

test("runShown ends the whole group on its deadline", async () => {
  const child = "setInterval(() => {}, 1000)"
  const script = `const c = Bun.spawn([process.execPath, "-e", ${JSON.stringify(child)}], { stdout: "inherit" }); console.log(c.pid); await c.exited`
  const { run } = await runIn(["-e", script], { deadlineS: 0.5 })
  expect({ ...run, output: "" }).toEqual({ exitCode: 137, output: "", timedOut: true })
  await waitFor("the child to be gone", () => isGone(Number(run.output)))
})

test("runShown does not wait for what a program left behind", async () => {
  const left = "setInterval(() => {}, 1000)"
  const script = `const c = Bun.spawn([process.execPath, "-e", ${JSON.stringify(left)}], { stdout: "inherit" }); c.unref(); console.log(c.pid); process.exit(3)`
  const { run } = await runIn(["-e", script], { deadlineS: 20 })
  expect({ ...run, output: "" }).toEqual({ exitCode: 3, output: "", timedOut: false })
})

test("runShown holds the output of programs beside each other, and shows each in one piece", async () => {
  const slow = "console.log('slow 1'); await Bun.sleep(300); console.log('slow 2')"
  await using folder = await openTempFolder()
  const script = `
    const { runShown } = await import(${JSON.stringify(SHOWN)})
    const run = (heldUnder, code) => runShown([process.execPath, "-e", code], { cwd: "/", deadlineS: 20, heldUnder })
    await Promise.all([run("one", ${JSON.stringify(slow)}), run("two", "console.log('quick')")])`
  const { stdout } = await runProgram([process.execPath, "-e", script], { cwd: folder.path })
  expect(stdout).toBe("two\nquick\none\nslow 1\nslow 2\n")
})

test.each(["SIGINT", "SIGTERM"] as const)("on %s runShown ends every group that runs", async (signal) => {
  const child = "console.log(process.pid); setInterval(() => {}, 1000)"
  const script = `
    const { runShown } = await import(${JSON.stringify(SHOWN)})
    const run = () => runShown([process.execPath, "-e", ${JSON.stringify(child)}], { cwd: "/", deadlineS: 20 })
    await Promise.all([run(), run()])`
  await using program = startProgram([process.execPath, "-e", script])
  const [, ...pids] = await program.untilStdout(/^(\d+)\n(\d+)\n/)
  program.kill(signal)
  expect((await program.result).exitCode).toBe(130)
  for (const pid of pids) await waitFor("a child to be gone", () => isGone(Number(pid)))
})

/** A zombie is gone: only whoever adopted it has not yet noticed. */
async function isGone(pid: number): Promise<boolean> {
  try {
    return /\) Z /.test(await Bun.file(`/proc/${pid}/stat`).text())
  } catch {
    return true // It was reaped meanwhile.
  }
}

/** In a process of its own: runShown writes to the real stdout. */
async function runIn(args: readonly string[], options: { deadlineS: number; env?: Record<string, string> }) {
  await using folder = await openTempFolder()
  const kept = join(folder.path, "run.json")
  const script = `
    const { runShown } = await import(${JSON.stringify(SHOWN)})
    const run = await runShown([process.execPath, ...${JSON.stringify(args)}], { cwd: "/", ...${JSON.stringify(options)} })
    await Bun.write(${JSON.stringify(kept)}, JSON.stringify(run))`
  const env = { ANTHROPIC_API_KEY: "sk-developer", BOT_BOTTLE_HOME: "/developer", KEPT: "yes" }
  const { stdout } = await runProgram([process.execPath, "-e", script], { env })
  return { run: await Bun.file(kept).json(), shown: stdout }
}
