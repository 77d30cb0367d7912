// `diff` and `apply` as an operator uses them, on a real repository.

import { expect, test } from "bun:test"
import { existsSync, readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { openTerminal } from "@bot-bottle/testkit"
import { CLI } from "../cli/cli-host.ts"
import { openWorkspaceHost } from "./workspace-host.ts"

const WORK = `cd ~/workspace && git log --format=%s && sed -i s/two/TWO/ src/main.txt && git mv README.md NOTES.md &&
  printf 'red \\033[31m\\n' > new.txt && mkdir -p node_modules/x .vscode && echo x > node_modules/x/i.js &&
  echo '{}' > .vscode/tasks.json && mkfifo pipe && echo evil >> .git/config`

test("the copy is a repository, the diff is read, the work comes back, and only that", async () => {
  await using host = await openWorkspaceHost()
  const { slug, result } = await host.work(WORK, "--cwd")
  expect([result.exitCode, result.stdout]).toEqual([0, "first\n"])

  const diff = await host.run("diff", slug)
  expect(diff.stdout).toContain("@@ -1,3 +1,3 @@\n one\n-two\n+TWO\n three\n")
  expect(diff.stdout).toContain("renamed from README.md")
  expect(diff.stdout).toContain("+red <1B>[31m")
  expect(diff.stdout).not.toContain("\x1b")
  expect(diff.stderr).toContain("1 new file is left out by the project's ignore rules")
  expect(diff.stderr).toContain("not compared: pipe: it is a FIFO")
  expect((await host.run("diff", slug, "--name-only")).stdout).toBe(
    ".vscode/tasks.json\nNOTES.md\nnew.txt\nsrc/main.txt\n",
  )

  const config = readFileSync(join(host.cwd, ".git/config"), "utf8")
  const applied = await host.run("apply", slug, "--yes")
  expect([applied.exitCode, applied.stdout.split("\n").at(-2)]).toEqual([
    0,
    `${slug}: 3 of 4 changes applied to ${host.cwd}`,
  ])
  expect(applied.stdout).toContain("held back: VS Code runs tasks")
  expect(await host.git("status", "--short")).toBe(" D README.md\n M src/main.txt\n?? NOTES.md\n?? new.txt\n")
  expect([readFileSync(join(host.cwd, ".git/config"), "utf8"), existsSync(join(host.cwd, ".vscode"))]).toEqual([
    config,
    false,
  ])

  const audit = await host.run("audit", "--json")
  const entries = JSON.parse(audit.stdout).filter(({ kind }: { kind: string }) => kind === "apply")
  const same = { source: host.cwd, includes_protected: false }
  expect(entries.map(({ detail }: { detail: unknown }) => detail)).toEqual([
    { ...same, begun: 3 },
    { ...same, applied: 3, refused: 0 },
  ])
  expect((await host.run("apply", slug, "--yes", "--include-protected")).exitCode).toBe(0)
  expect((await host.run("diff", slug)).stderr).toContain(`${slug}: nothing changed`)
})

test("the operator's own changes meanwhile are conflicts: named, left alone, and exit code 1", async () => {
  await using host = await openWorkspaceHost()
  const { slug } = await host.work("cd ~/workspace && echo agent > src/main.txt && echo agent > README.md", "--cwd")
  writeFileSync(join(host.cwd, "README.md"), "operator\n")
  const { changes } = JSON.parse((await host.run("diff", slug, "--json")).stdout)
  expect(changes.map(({ path, standing }: { path: string; standing: string }) => `${path}: ${standing}`)).toEqual([
    "README.md: conflict",
    "src/main.txt: clean",
  ])
  const applied = await host.run("apply", slug, "--yes")
  expect([
    applied.exitCode,
    readFileSync(join(host.cwd, "README.md"), "utf8"),
    readFileSync(join(host.cwd, "src/main.txt"), "utf8"),
  ]).toEqual([1, "operator\n", "agent\n"])
  expect(applied.stderr.includes(`git stash && bot-bottle apply ${slug} && git commit -a && git stash pop`)).toBe(
    existsSync(join(host.cwd, ".git")),
  )
})

test("the agent's commits come as a branch, and only when asked for", async () => {
  await using host = await openWorkspaceHost()
  const script = `cd ~/workspace && echo agent > README.md && git -c user.name=agent -c user.email=a@b commit -qam 'work \x1b[2J'`
  const { slug } = await host.work(script, "--cwd")
  const files = await host.run("apply", slug, "--yes")
  expect(files.stderr).toContain(`--commits brings them as branch bot-bottle/${slug}`)
  const commits = await host.run("apply", slug, "--commits", "--yes")
  // A busy machine takes two seconds to compare, and says so.
  expect([
    commits.exitCode,
    commits.stderr.replace(`bot-bottle: comparing the workspace of ${slug}\n`, ""),
    commits.stdout,
  ]).toEqual([0, "", expect.stringContaining("agent: work <1B>[2J\n")])
  expect(await host.git("log", "--format=%an", `bot-bottle/${slug}`)).toBe("agent\nn\n")
  expect(await host.git("diff", `bot-bottle/${slug}`, "--stat")).toBe("")
  expect((await host.run("apply", slug, "--commits", "--yes")).stderr).toContain("no commits that")
})

test("a killed run keeps its files for diff and apply, until cleanup or --delete", async () => {
  await using host = await openWorkspaceHost()
  const { slug } = await host.work("cd ~/workspace && echo agent > README.md", "--cwd")
  expect((await host.run("kill", slug)).stdout).toBe(`${slug}: killed\n`)
  expect((await host.run("diff", slug, "--name-only")).stdout).toContain("README.md")
  expect((await host.run("resume", slug, "--headless", "--prompt", "x")).stderr).toContain(
    "a killed run is not resumed",
  )
  expect((await host.run("apply", slug, "--yes")).exitCode).toBe(0)
  expect(readFileSync(join(host.cwd, "README.md"), "utf8")).toBe("agent\n")
  expect((await host.run("cleanup", "--dry-run")).stdout).toMatch(
    /: home, workspace and transcript +\d+ \w+ +killed \d+s ago/,
  )

  const unasked = await host.run("kill", slug, "--delete")
  expect([unasked.exitCode, unasked.stderr.includes(`bot-bottle kill ${slug} --delete --yes`)]).toEqual([2, true])
  expect((await host.run("kill", slug, "--delete", "--yes")).stdout).toBe(`${slug}: killed and deleted\n`)
  expect((await host.run("diff", slug)).stderr).toContain("are removed: there is nothing to compare")
})

test("without a yes nothing is written", async () => {
  await using host = await openWorkspaceHost()
  const { slug } = await host.work("cd ~/workspace && echo agent > README.md", "--cwd")
  expect((await host.run("apply", slug)).exitCode).toBe(2)
  await using terminal = await openTerminal([...CLI, "apply", slug], { cwd: host.cwd, env: host.env })
  await terminal.untilScreen(/Apply 1 change to/)
  await terminal.press("Enter")
  await terminal.untilScreen(/Cancelled/)
  expect(readFileSync(join(host.cwd, "README.md"), "utf8")).toBe("read me\n")
})

// biome-ignore format: a table
test.each([
  // how it was started      command   what is said
  ["--cwd, and lives",       "apply",  "is running, and its agent may be in the middle"],
  ["--empty",                "apply",  "was started without --cwd"],
  ["--empty, deleted",       "diff",   "are removed: there is nothing to compare"],
  ["--workspace bind",       "diff",   "there is no copy to compare"],
])("a run started with %s: %s says so", async (how, command, said) => {
  await using host = await openWorkspaceHost()
  const flags = how.startsWith("--") ? how.split(",")[0]!.split(" ") : []
  if (how.endsWith("lives")) {
    await using program = await host.begin("echo agent > ~/workspace/README.md; echo ready; cat", ...flags)
    const slug = program.stderr.match(/run (\S+) started/)?.[1] ?? ""
    const { exitCode, stderr } = await host.run(command, slug, "--yes")
    expect([exitCode, stderr.includes(said)]).toEqual([1, true])
    expect((await host.run("diff", slug)).exitCode).toBe(0)
    // As the hint has it, one after the other.
    const [, frozen = "", applied = ""] = /bot-bottle (freeze \S+) && bot-bottle (apply \S+);/.exec(stderr) ?? []
    expect((await host.run(...frozen.split(" "))).exitCode).toBe(0)
    expect((await host.run(...applied.split(" "), "--yes")).exitCode).toBe(0)
    expect(readFileSync(join(host.cwd, "README.md"), "utf8")).toBe("agent\n")
    await program.result
    return
  }
  const { slug } = await host.work("true", ...flags)
  if (how.endsWith("deleted")) await host.run("kill", slug, "--delete", "--yes")
  const { exitCode, stderr } = await host.run(command, slug)
  expect([exitCode, stderr]).toEqual([1, expect.stringContaining(said)])
})
