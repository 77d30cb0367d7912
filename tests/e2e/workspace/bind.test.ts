// `--workspace bind`: the agent works in the operator's folder, and whoever dies on the way leaves
// the folder clean. The files that it cannot plant there: tests/isolation/workspace.test.ts.

import { expect, test } from "bun:test"
import { linkSync, mkdirSync, readdirSync, readFileSync, symlinkSync } from "node:fs"
import { join } from "node:path"
import { bindRecordSchema, MAX_BIND_MESSAGE } from "@bot-bottle/contracts/messages/bind-record"
import { parseMessage } from "@bot-bottle/contracts/messages/shapes/parse-message"
import { killProcess } from "@bot-bottle/kernel"
import { type Program, runProgram, waitFor } from "@bot-bottle/testkit"
import { CLI } from "../cli/cli-host.ts"
import { openWorkspaceHost, type WorkspaceHost } from "./workspace-host.ts"

const CLEAN = [".git", ".gitignore", "README.md", "src"]

test("the agent's work is there at once, and a resumed run works in the same folder", async () => {
  await using host = await openWorkspaceHost()
  const { slug, result } = await host.work("pwd; echo agent > README.md; git status --short", "--workspace", "bind")
  expect(result.stdout).toBe(`${host.cwd}\n M README.md\n`)
  expect(readFileSync(join(host.cwd, "README.md"), "utf8")).toBe("agent\n")
  const resumed = await runProgram(
    [...CLI, "resume", slug, "--headless", "--prompt", "cat README.md; echo x > .envrc"],
    { cwd: "/", env: host.env },
  )
  expect([resumed.stdout, left(host)]).toEqual(["agent\n", CLEAN])
})

test("INV-151: a launcher that is killed leaves nothing in the folder", async () => {
  await using host = await openWorkspaceHost()
  const program = await host.begin("mkdir -p sub/.git; echo ready; cat", "--workspace", "bind")
  expect(left(host)).toContain(".envrc")
  program.kill("SIGKILL")
  await program.result
  await waitFor("the folder to be clean", () => !left(host).includes(".envrc"))
  await waitFor("what was planted to be gone", () => readdirSync(join(host.cwd, "sub")).length === 0)
  expect(left(host)).toEqual([...CLEAN, "sub"])
})

test("INV-151: when the guard is killed as well, the next command leaves the folder clean", async () => {
  await using host = await openWorkspaceHost()
  const program = await host.begin("echo ready; cat", "--workspace", "bind")
  const { guard, launcher } = bindProcesses(host, program)
  killProcess(launcher, "SIGSTOP")
  killProcess(guard, "SIGKILL")
  program.kill("SIGKILL")
  await program.result
  expect(left(host)).toContain(".envrc")
  // The bottle's processes end shortly after their launcher.
  await waitFor("the folder to be clean", async () => {
    await host.run("list")
    return !left(host).includes(".envrc")
  })
  expect(left(host)).toEqual(CLEAN)
})

test("INV-151: when the guard alone is killed, no command touches the folder under the agent, and its run ends", async () => {
  await using host = await openWorkspaceHost()
  const program = await host.begin("mkdir -p sub/.git; echo ready; cat", "--workspace", "bind")
  const { guard, launcher } = bindProcesses(host, program)
  killProcess(launcher, "SIGSTOP")
  killProcess(guard, "SIGKILL")
  await host.run("list")
  expect(left(host)).toContain(".envrc")
  expect(readdirSync(join(host.cwd, "sub"))).toEqual([".git"])

  killProcess(launcher, "SIGCONT")
  const { exitCode, stderr } = await program.result
  expect([exitCode, stderr]).toEqual([
    1,
    expect.stringContaining(`the process that watches over ${host.cwd} died, so the run was ended`),
  ])
  expect([left(host), readdirSync(join(host.cwd, "sub"))]).toEqual([[...CLEAN, "sub"], []])
})

test("a protected file that the operator replaces meanwhile ends the run, and says why", async () => {
  await using host = await openWorkspaceHost()
  const program = await host.begin("echo ready; cat", "--workspace", "bind")
  await host.git("config", "some.key", "value")
  const { exitCode, stderr } = await program.result
  expect([exitCode, stderr]).toEqual([1, expect.stringContaining(".git/config was replaced or removed on the host")])
  expect([await host.git("config", "some.key"), left(host)]).toEqual(["value\n", CLEAN])
})

test("a second run in the folder, or in one above or below it, is refused while the first continues", async () => {
  await using host = await openWorkspaceHost()
  await using program = await host.begin("echo ready; cat", "--workspace", "bind")
  const inner = await runProgram([...CLI, "start", "impl", "--headless", "--prompt", "true", "--workspace", "bind"], {
    cwd: join(host.cwd, "src"),
    env: host.env,
  })
  expect([inner.exitCode, inner.stderr]).toEqual([1, expect.stringContaining("works in")])
  program.closeStdin()
  await program.result
  expect((await host.work("true", "--workspace", "bind")).result.exitCode).toBe(0)
})

test.each([
  ["a link", (cwd: string) => symlinkSync("src", join(cwd, ".vscode")), "is a link"],
  ["a hard link", (cwd: string) => linkSync(join(cwd, "README.md"), join(cwd, ".envrc")), "is a hard link"],
  [
    "a hard link, deeper",
    (cwd: string) => {
      mkdirSync(join(cwd, "a/.claude"), { recursive: true })
      linkSync(join(cwd, "README.md"), join(cwd, "a/.claude/settings.json"))
    },
    "is a hard link",
  ],
  [
    "no configuration",
    (cwd: string) => mkdirSync(join(cwd, "sub/.git"), { recursive: true }),
    "the repository is not complete",
  ],
] as const)("what cannot be protected is refused before anything is made: %s", async (_what, plant, said) => {
  await using host = await openWorkspaceHost()
  plant(host.cwd)
  const before = left(host)
  const { result } = await host.work("true", "--workspace", "bind")
  expect([result.exitCode, result.stderr]).toEqual([1, expect.stringContaining(said)])
  expect([left(host), JSON.parse((await host.run("list", "--all", "--json")).stdout)]).toEqual([before, []])
})

test("folders that hold more than a project are refused", async () => {
  await using host = await openWorkspaceHost()
  const start = [...CLI, "start", "impl", "--headless", "--prompt", "true", "--workspace", "bind"]
  const tried = ["/", "/etc", "/tmp", join(host.cwd, ".."), host.root]
  const env = { ...host.env, HOME: host.cwd }
  for (const cwd of [...tried, host.cwd]) {
    const { exitCode, stderr } = await runProgram(start, { cwd, env })
    expect([cwd, exitCode, stderr]).toEqual([cwd, 1, expect.stringContaining("cannot be bound into a bottle")])
  }
  expect((await runProgram([...start, "--cwd"], { cwd: host.cwd, env: host.env })).exitCode).toBe(2)
})

function left(host: WorkspaceHost): readonly string[] {
  return readdirSync(host.cwd).sort()
}

function bindProcesses(host: WorkspaceHost, program: Program) {
  const slug = program.stderr.match(/run (\S+) started/)?.[1] ?? ""
  const text = readFileSync(join(host.root, "state", slug, "bind.json"), "utf8")
  const record = parseMessage(bindRecordSchema, text, { maxLength: MAX_BIND_MESSAGE })
  if (record.outcome === "invalid") throw new Error(record.problem)
  const { guard, owners } = record.message
  const [launcher = guard] = owners
  return { guard, launcher }
}
