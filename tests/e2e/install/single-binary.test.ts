// The single binary: one file, copied into an empty home, without Bun on PATH.

import { expect, test } from "bun:test"
import { chmodSync, mkdirSync, renameSync, writeFileSync } from "node:fs"
import { join, resolve } from "node:path"
import { openTempFolder, runProgram, startProgram, waitFor } from "@bot-bottle/testkit"
import { fillHostileFolder, fillWithPrograms, HOSTILE_FILES } from "../../isolation/hostile-folder/hostile-files.ts"

/** A build, on a machine that has other things to do. */
const BUILD_MS = 90_000

const ROOT = resolve(import.meta.dir, "../../..")
const SYSTEM_PATH = "/usr/local/sbin:/usr/sbin:/usr/bin:/sbin:/bin"

test("runs the demo, names the licenses of what it holds, and leaves nothing in its home", async () => {
  await using home = await homeWithBinary()
  expect(await home.run(["--version"])).toEqual({ exitCode: 0, stdout: "0.1.0\n", stderr: "" })
  const demo = await home.run(["demo"])
  expect([demo.exitCode, demo.stderr]).toEqual([0, ""])
  expect(demo.stdout).toContain("All of it held")

  const { stdout: licenses } = await home.run(["licenses"])
  for (const part of [
    "Bun 1.4.5 (MIT)",
    "JavaScriptCore",
    "@opentui/core-linux",
    "LICENSE-FFMPEG",
    "ctok",
    "commander 15",
  ])
    expect(licenses).toContain(part)
}, 120_000)

test("starts, meters and ends a run; its agent asks; draws the dashboard once", async () => {
  await using home = await homeWithBinary()
  home.write("bottles/quiet.md", "---\nagent_provider:\n  template: command\n  argv: [/usr/bin/echo]\n---\n")
  home.write("agents/one.md", "---\nbottle: quiet\n---\n")
  const started = await home.run(["start", "one", "--headless", "--prompt", "x"])
  expect([started.exitCode, started.stdout]).toEqual([0, "x\n"])
  const waiting = "agent_provider:\n  template: command\n  argv: [/bin/sh, -c, 'until [ -e ~/go ]; do sleep 0.1; done']"
  home.write("bottles/quiet.md", `---\n${waiting}\n---\n`)
  const background = await home.run(["start", "one", "--headless", "--prompt", "x", "--detach"])
  const slug = background.stdout.trim()
  await using attached = home.start(["attach", slug])
  await waitFor("attach to follow", () => attached.stderr.includes("following"))
  // The agent may end, and its bottle with it, before this command has: its code says nothing.
  await home.run(["exec", slug, "--", "touch", "/home/node/go"])
  expect([background.exitCode, (await attached.result).exitCode]).toEqual([0, 0])
  const asking = "agent_provider:\n  template: command\n  argv: [/bin/sh, -c, 'ask route a.example.com --why \"$0\"']"
  home.write("bottles/quiet.md", `---\n${asking}\nsupervise: true\n---\n`)
  const asked = await home.run(["start", "one", "--headless", "--prompt", "to read"])
  expect([asked.exitCode, asked.stdout]).toEqual([0, "pending #1\n"])
  const dashboard = await home.run(["dashboard", "--once"])
  expect({ exitCode: dashboard.exitCode, stderr: dashboard.stderr }).toEqual({ exitCode: 0, stderr: "" })
}, 120_000)

test("INV-49: in a folder full of traps it runs nothing of the folder, nor programs of it that PATH names", async () => {
  await using home = await homeWithBinary()
  home.write("bottles/quiet.md", "---\nagent_provider:\n  template: command\n  argv: [/usr/bin/true]\n---\n")
  home.write("agents/nothing.md", "---\nbottle: quiet\n---\n")
  const theirs = join(home.path, "theirs")
  mkdirSync(join(theirs, ".git"), { recursive: true })
  const { traps, takeMark } = fillHostileFolder(theirs, join(theirs, "main.ts"), Object.keys(HOSTILE_FILES))
  const venv = join(theirs, ".venv/bin")
  fillWithPrograms(venv, traps)
  const argv = ["start", "nothing", "--headless", "--empty", "--prompt", "x"]
  for (const path of [SYSTEM_PATH, `${venv}:${SYSTEM_PATH}`, `.venv/bin:${SYSTEM_PATH}`]) {
    const run = await home.run(argv, { cwd: theirs, PATH: path })
    expect({ path, exitCode: run.exitCode, stderr: run.exitCode === 0 ? "" : run.stderr }).toEqual({
      path,
      exitCode: 0,
      stderr: "",
    })
  }
  expect(takeMark()).toBe("nothing")
  await runProgram(["sh", "-c", "git"], { cwd: theirs, env: { PATH: `${venv}:${SYSTEM_PATH}` } })
  expect(takeMark()).toBe("runs")
}, 120_000)

async function homeWithBinary() {
  const folder = await openTempFolder()
  const binary = join(folder.path, "bot-bottle")
  const argv = [process.execPath, join(ROOT, "tools/pack/build-binary.ts"), join(folder.path, "dist")]
  const built = await runProgram(argv, { deadlineMs: BUILD_MS })
  expect({ exitCode: built.exitCode, stderr: built.stderr }).toEqual({ exitCode: 0, stderr: "" })
  renameSync(built.stdout.trim(), binary)
  chmodSync(binary, 0o755)
  return {
    path: folder.path,
    write(path: string, text: string) {
      const target = join(folder.path, ".bot-bottle", path)
      mkdirSync(join(target, ".."), { recursive: true, mode: 0o700 })
      writeFileSync(target, text, { mode: 0o600 })
    },
    start: (argv: readonly string[]) =>
      startProgram([binary, ...argv], { cwd: folder.path, env: { HOME: folder.path, PATH: SYSTEM_PATH } }),
    run: (argv: readonly string[], { cwd = folder.path, PATH = SYSTEM_PATH } = {}) =>
      runProgram([binary, ...argv], { cwd, env: { HOME: folder.path, PATH } }),
    [Symbol.asyncDispose]: () => folder[Symbol.asyncDispose](),
  }
}
