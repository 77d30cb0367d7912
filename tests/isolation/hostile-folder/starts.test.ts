// Every documented way to start bot-bottle, and every process it starts, in a folder full of traps.

import { expect, test } from "bun:test"
import { existsSync, mkdirSync, readdirSync, symlinkSync } from "node:fs"
import { join, resolve } from "node:path"
import { fileURLToPath } from "node:url"
import { runProgram } from "@bot-bottle/testkit"
import { CLI, openCliHost } from "../../e2e/cli/cli-host.ts"
import { fillHostileFolder, fillWithPrograms, HOSTILE_FILES } from "./hostile-files.ts"

const CLONE = resolve(import.meta.dir, "../../..")
const MAIN = fileURLToPath(import.meta.resolve("bot-bottle/src/main.ts"))
const EVERY = Object.keys(HOSTILE_FILES)
const PATH = Bun.env["PATH"] ?? "/usr/bin:/bin"

/** As a shell finds them. */
const STARTS: Readonly<Record<string, (host: Host) => readonly string[]>> = {
  "the launcher": () => CLI,
  "what a package manager links": () => [join(CLONE, "node_modules/.bin/bot-bottle")],
  "a link on PATH": ({ bin }) => ["sh", "-c", `PATH="${bin}:$PATH"; bot-bottle "$@"`, "sh"],
  "the alias of README": () => ["sh", "-c", `alias bot-bottle="${CLI[0]}"\neval 'bot-bottle "$@"'`, "sh"],
  "a completion": ({ bin }) => ["sh", "-c", `PATH="${bin}:$PATH"; command bot-bottle "$@"`, "sh"],
}

const READING = [
  ["--version"],
  ["--help"],
  ["list", "--json"],
  ["usage"],
  ["budget", "list"],
  ["info", "nothing"],
  ["completions", "names:agents"],
]

test.each([
  ...READING.map((words) => ["the launcher", words] as const),
  ...Object.keys(STARTS).map((name) => [name, ["list", "--json"]] as const),
])("INV-49: %s %j says the same in a hostile folder, and below it, as in an empty one", async (name, words) => {
  await using host = await openHost()
  const argv = [...(STARTS[name]?.(host) ?? []), ...words]
  const clean = await runProgram(argv, { cwd: host.empty, env: host.env })
  expect(clean.exitCode).toBe(0)
  for (const cwd of [host.cwd, host.below]) expect(await host.run(argv, cwd)).toEqual(clean)
  expect(host.takeMark()).toBe("nothing")
})

test.each([
  ["a run of its own workspace", []],
  ["a copy of the folder", ["--workspace", "copy"]],
  ["the folder itself", ["--workspace", "bind"]],
  ["in the background", ["--detach"]],
] as const)(
  "INV-49: start, %s: launcher, proxy, guard, owner's map and forwarder run nothing of the folder",
  async (_, flags) => {
    await using host = await openHost()
    for (const cwd of [host.cwd, host.below]) {
      const run = await host.run([...CLI, "start", "nothing", "--headless", "--prompt", "x", ...flags], cwd)
      expect({ exitCode: run.exitCode, stderr: run.exitCode === 0 ? "" : run.stderr }).toEqual({
        exitCode: 0,
        stderr: "",
      })
      if ((flags as readonly string[]).includes("--detach")) await host.run([...CLI, "attach", run.stdout.trim()], cwd)
    }
    expect([host.takeMark(), host.marksInBottles()]).toEqual(["nothing", []])
  },
  60_000,
)

test("INV-49: demo runs nothing of the folder", async () => {
  await using host = await openHost()
  const { exitCode, stdout } = await host.run([...CLI, "demo"], host.cwd)
  expect({ exitCode, said: exitCode === 0 ? "" : stdout }).toEqual({ exitCode: 0, said: "" })
  expect(host.takeMark()).toBe("nothing")
}, 60_000)

test("the traps work: a plain Bun that is given our own program runs them", async () => {
  await using host = await openHost()
  await host.run([process.execPath, MAIN, "--version"], host.cwd)
  expect(host.takeMark()).toBe("runs")
  await host.run([process.execPath, MAIN, "--version"], host.below)
  expect(host.takeMark()).toBe("runs")
})

test("INV-49: programs of the folder are not taken for the host's, wherever PATH names them", async () => {
  await using host = await openHost()
  const venv = join(host.cwd, ".venv/bin")
  fillWithPrograms(venv, host.traps)
  fillWithPrograms(join(host.cwd, "node_modules/.bin"), host.traps)
  mkdirSync(join(host.cwd, ".git"))
  const paths = ["node_modules/.bin", ".", "", join(host.cwd, "node_modules/.bin"), venv]
  for (const cwd of [host.cwd, host.below]) {
    for (const path of paths) {
      // "A shell finds the trap first" is what makes the rest say something.
      const env = { ...host.env, PATH: `${path}:${PATH}` }
      const run = await runProgram([...CLI, "start", "nothing", "--headless", "--prompt", "x"], { cwd, env })
      expect({ path, exitCode: run.exitCode, stderr: run.exitCode === 0 ? "" : run.stderr }).toEqual({
        path,
        exitCode: 0,
        stderr: "",
      })
    }
  }
  expect(host.takeMark()).toBe("nothing")
  await runProgram(["sh", "-c", "git"], { cwd: host.cwd, env: { PATH: `${venv}:${PATH}` } })
  expect(host.takeMark()).toBe("runs")
}, 60_000)

test.each([
  ["BUN_OPTIONS", "--preload="],
  ["BUN_INSPECT_PRELOAD", ""],
] as const)("INV-49: %s does not reach our Bun, and does run code in a plain one", async (name, prefix) => {
  await using host = await openHost()
  const env = { ...host.env, [name]: `${prefix}${host.traps.module}` }
  expect(await runProgram([...CLI, "--version"], { cwd: host.empty, env })).toMatchObject({ exitCode: 0 })
  expect(host.takeMark()).toBe("nothing")
  await runProgram([process.execPath, MAIN, "--version"], { cwd: host.empty, env })
  expect(host.takeMark()).toBe("runs")
})

test.each([
  ["plainly", [process.execPath, MAIN]],
  ["with the flags of old", [process.execPath, "--no-env-file", "--config=/dev/null", MAIN]],
  ["with a folder made up", [process.execPath, MAIN, "--from=/tmp"]],
] as const)("INV-49: a start %s is refused, with the line that works", async (_, argv) => {
  await using host = await openHost()
  const refused = await runProgram([...argv, "list", "--json"], { cwd: host.empty, env: host.env })
  expect(refused).toEqual({
    exitCode: 2,
    stdout: "",
    stderr:
      "bot-bottle: error: bot-bottle was started without its launcher: files of the current folder may have run\n" +
      `bot-bottle: hint: start it as: ${CLI[0]} list --json\n`,
  })
  const hint = refused.stderr.match(/start it as: (.*)\n/)?.[1] ?? ""
  expect(await runProgram(["sh", "-c", hint], { cwd: host.empty, env: host.env })).toMatchObject({
    exitCode: 0,
    stdout: "[]\n",
  })
})

test("a current folder that is gone, or may not be read, is reported or does not matter", async () => {
  await using host = await openHost()
  const shell = (script: string) => runProgram(["sh", "-c", script], { cwd: host.empty, env: host.env })
  const gone = await shell(`mkdir gone; cd gone; rmdir ../gone; exec ${CLI[0]} list --json`)
  expect(gone.exitCode).toBe(1)
  expect(gone.stderr).toContain(`error: the current folder no longer exists: ${host.empty}/gone\n`)
  const replaced = await shell(`mkdir old; cd old; mv ../old ../kept; mkdir ../old; exec ${CLI[0]} list --json`)
  expect(replaced).toMatchObject({ exitCode: 0, stdout: "[]\n" })
  const unreadable = await shell(`mkdir shut; cd shut; chmod 111 .; ${CLI[0]} list --json; chmod 700 .`)
  expect(unreadable).toEqual({ exitCode: 0, stdout: "[]\n", stderr: "" })
})

test("INV-49: a root folder relative to wherever one stands is refused", async () => {
  await using host = await openHost()
  const env = { ...host.env, BOT_BOTTLE_HOME: "theirs" }
  const { exitCode, stderr } = await runProgram([...CLI, "list"], { cwd: host.cwd, env })
  expect({ exitCode, stderr }).toMatchObject({
    exitCode: 1,
    stderr: expect.stringContaining("not an absolute path: theirs"),
  })
})

type Host = Awaited<ReturnType<typeof openHost>>

async function openHost() {
  const host = await openCliHost({ env: { PATH } })
  await host.write("bottles/quiet.md", "---\nagent_provider:\n  template: command\n  argv: [/usr/bin/true]\n---\n")
  await host.write("agents/nothing.md", "---\nbottle: quiet\n---\n")
  const below = join(host.cwd, "src/deep")
  const empty = join(host.root, "../empty")
  const bin = join(host.root, "../bin")
  for (const folder of [below, empty, bin]) mkdirSync(folder, { recursive: true })
  symlinkSync(CLI[0], join(bin, "bot-bottle"))
  const { traps, takeMark } = fillHostileFolder(host.cwd, MAIN, EVERY)
  const runs = join(host.root, "state")
  return {
    bin,
    below,
    empty,
    traps,
    takeMark,
    cwd: host.cwd,
    env: host.env,
    run: (argv: readonly string[], cwd: string) => runProgram(argv, { cwd, env: host.env }),
    /** Runs in whose home a trap left a mark. */
    marksInBottles: () => readdirSync(runs).filter((slug) => existsSync(join(runs, slug, "home/mark"))),
    [Symbol.asyncDispose]: () => host[Symbol.asyncDispose](),
  }
}
