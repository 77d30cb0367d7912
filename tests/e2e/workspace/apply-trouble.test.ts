// `apply` when something is in its way: another apply, a folder that is gone, may not be written
// or is full, names and trees made to lead it astray.

import { expect, test } from "bun:test"
import { existsSync, readdirSync, readFileSync, renameSync, symlinkSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { openTerminal } from "@bot-bottle/testkit"
import { CLI } from "../cli/cli-host.ts"
import { canMount, fillDisk, moveToSmallDisk } from "../crash/small-disk.ts"
import { openWorkspaceHost, type WorkspaceHost } from "./workspace-host.ts"

test("a second apply while one waits for its answer is refused, and both leave the work of one", async () => {
  await using host = await openWorkspaceHost()
  const { slug } = await host.work("cd ~/workspace && echo agent > README.md", "--cwd")
  {
    await using terminal = await openTerminal([...CLI, "apply", slug], { cwd: host.cwd, env: host.env })
    await terminal.untilScreen(/Apply 1 change to/)
    for (const flags of [["--yes"], ["--commits", "--yes"]]) {
      const second = await host.run("apply", slug, ...flags)
      expect([second.exitCode, second.stderr]).toEqual([
        1,
        expect.stringContaining(`another 'apply ${slug}' is at work`),
      ])
    }
    expect(readFileSync(join(host.cwd, "README.md"), "utf8")).toBe("read me\n")
    await terminal.press("y")
    await terminal.untilScreen(/1 of 1 changes applied/)
    // It says so before it leaves its place to the next.
    expect(await terminal.untilExit()).toBe(0)
  }
  expect([readFileSync(join(host.cwd, "README.md"), "utf8"), await applyEntries(host)]).toEqual(["agent\n", 2])
  // The control: once the first is gone, the next has the place.
  expect((await host.run("apply", slug, "--yes")).stderr).toContain("nothing to apply")
})

test("eight at the same instant: what comes is whole, and nothing of ours is left", async () => {
  await using host = await openWorkspaceHost()
  const { slug } = await host.work("cd ~/workspace && for i in $(seq 200); do echo $i > f$i; done", "--cwd")
  const ends = await Promise.all(Array.from({ length: 8 }, () => host.run("apply", slug, "--yes")))
  expect(ends.filter(({ exitCode }) => exitCode === 0).length).toBeGreaterThan(0)
  for (const { exitCode, stderr } of ends) if (exitCode !== 0) expect(stderr).toContain("another 'apply")
  expect(readdirSync(host.cwd).filter((name) => name.startsWith(".bot-bottle"))).toEqual([])
  expect(Array.from({ length: 200 }, (_, index) => readFileSync(join(host.cwd, `f${index + 1}`), "utf8"))).toEqual(
    Array.from({ length: 200 }, (_, index) => `${index + 1}\n`),
  )
})

test("a folder that is gone, or a link now, is named; back in its place, the work comes", async () => {
  await using host = await openWorkspaceHost()
  const { slug } = await host.work("cd ~/workspace && echo agent > README.md", "--cwd")
  const moved = `${host.cwd}-moved`
  renameSync(host.cwd, moved)
  const from = { cwd: "/" }
  const gone = Bun.spawnSync([...CLI, "apply", slug, "--yes"], { ...from, env: host.env })
  symlinkSync(moved, host.cwd)
  const linked = Bun.spawnSync([...CLI, "apply", slug, "--yes"], { ...from, env: host.env })
  for (const end of [gone, linked])
    expect([end.exitCode, end.stderr.toString()]).toEqual([1, expect.stringContaining(`${host.cwd}, is gone`)])
  expect(readFileSync(join(moved, "README.md"), "utf8")).toBe("read me\n")
  Bun.spawnSync(["rm", host.cwd])
  renameSync(moved, host.cwd)
  expect((await host.run("apply", slug, "--yes")).exitCode).toBe(0)
  expect(readFileSync(join(host.cwd, "README.md"), "utf8")).toBe("agent\n")
})

test.skipIf(!canMount())("a disk that fills up half way: each file is old or new, the rest comes later", async () => {
  await using host = await openWorkspaceHost({ repository: false })
  await using _disk = await moveToSmallDisk(host.cwd, "2m")
  const { slug } = await host.work(
    "cd ~/workspace && for i in 1 2 3 4 5 6; do head -c 300000 /dev/zero | tr '\\0' $i > big$i; done; echo agent > README.md",
    "--cwd",
  )
  const filler = join(host.cwd, "filler")
  writeFileSync(filler, new Uint8Array(1024 * 1024))
  const full = await host.run("apply", slug, "--yes")
  expect([full.exitCode, full.stderr]).toEqual([1, expect.stringContaining("it cannot be written: ENOSPC")])
  const sizes = () =>
    readdirSync(host.cwd)
      .filter((name) => name.startsWith("big"))
      .map((name) => readFileSync(join(host.cwd, name)).length)
  expect(new Set(sizes())).toEqual(new Set([300_000]))
  expect(sizes().length).toBeLessThan(6)
  expect(readdirSync(host.cwd).filter((name) => name.startsWith(".bot-bottle"))).toEqual([])
  Bun.spawnSync(["rm", filler])
  expect((await host.run("apply", slug, "--yes")).exitCode).toBe(0)
  expect([sizes().length, readFileSync(join(host.cwd, "README.md"), "utf8")]).toEqual([6, "agent\n"])
})

test.skipIf(!canMount())(
  "no room to note what came: it is said, the audit has it, and the next apply finds it there",
  async () => {
    await using host = await openWorkspaceHost()
    const { slug } = await host.work("cd ~/workspace && echo agent > README.md", "--cwd")
    const state = join(host.root, "state", slug)
    await using _disk = await moveToSmallDisk(state, "1m")
    fillDisk(join(state, "filler"))
    const full = await host.run("apply", slug, "--yes")
    expect([full.exitCode, full.stderr]).toEqual([1, expect.stringContaining("could not be recorded: ENOSPC")])
    expect([readFileSync(join(host.cwd, "README.md"), "utf8"), await applyEntries(host)]).toEqual(["agent\n", 1])
    Bun.spawnSync(["rm", join(state, "filler")])
    expect((await host.run("apply", slug, "--yes")).stderr).toContain("nothing to apply")
  },
)

test("names with line feeds, escapes, directions and bytes that are not text: the diff shows each, apply brings each", async () => {
  await using host = await openWorkspaceHost()
  const { slug } = await host.work(
    "cd ~/workspace && touch ok && printf x > \"$(printf 'a\\n--- README.md\\n+++ b')\" && printf x > \"$(printf 'esc\\033[2J')\" && printf x > \"$(printf 'bad\\377')\" && printf x > \"$(printf 'rtl\\342\\200\\256gpj.exe')\"",
    "--cwd",
  )
  const { stdout } = await host.run("diff", slug)
  expect(stdout.split("\n").filter((line) => line.startsWith("diff "))).toEqual([
    "diff a/a<0A>--- README.md<0A>+++ b b/a<0A>--- README.md<0A>+++ b",
    "diff a/bad\uFFFD b/bad\uFFFD",
    "diff a/esc<1B>[2J b/esc<1B>[2J",
    "diff a/ok b/ok",
    "diff a/rtl<202E>gpj.exe b/rtl<202E>gpj.exe",
  ])
  expect((await host.run("apply", slug, "--yes")).exitCode).toBe(0)
  expect(readdirSync(host.cwd, { encoding: "buffer" }).map((name) => name.toString("latin1"))).toContain("bad\xff")
  expect(existsSync(join(host.cwd, "a\n--- README.md\n+++ b"))).toBe(true)
})

async function applyEntries(host: WorkspaceHost): Promise<number> {
  const { stdout } = await host.run("audit", "--json")
  return JSON.parse(stdout).filter(({ kind }: { kind: string }) => kind === "apply").length
}
