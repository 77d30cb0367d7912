// An agent that works in the operator's own folder (--workspace bind): what it must not be
// able to plant there, and what it leaves. As root and as an unprivileged user.

import { expect, test } from "bun:test"
import { existsSync, lstatSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { createBwrapBackend, openTestRun, runInBottle } from "@bot-bottle/bottle/testing"
import { openTempFolder } from "@bot-bottle/testkit"
import { openBind } from "@bot-bottle/workspace"
import { describeIsolated } from "./require-isolation.ts"

const backend = createBwrapBackend()

/** Each succeeds in a folder that nobody protects. */
const ATTACKS: Readonly<Record<string, string>> = {
  "write the configuration": "echo '[core]' >> .git/config",
  "have git write it": "git config alias.x y",
  "replace the configuration": "echo x > c && mv c .git/config",
  "unlink the configuration": "rm -f .git/config && ! test -e .git/config",
  "link to the configuration": "ln .git/config hard && echo x >> hard",
  "write through a link": "ln -s .git alias && echo x >> alias/config",
  "make a hook": "echo x > .git/hooks/pre-commit",
  "replace the hooks": "mv .git/hooks .git/old && mkdir .git/hooks",
  "write the folder that the configuration names for hooks": "mkdir -p build/hooks && echo x > build/hooks/pre-commit",
  "rename the repository": "mv .git moved && mkdir .git",
  "exchange the repository": "mkdir other && mv -T other .git 2>/dev/null || { mv .git kept && mv other .git; }",
  "name another common folder": "rm -f .git/commondir && echo ../x > .git/commondir",
  "make a configuration of the worktree": "echo x >> .git/config.worktree",
  "plant a submodule's repository": "mkdir -p .git/modules/x && echo x > .git/modules/x/config",
  "make .envrc": "echo x > .envrc",
  "move .envrc into place": "echo x > e && mv -T e .envrc",
  "make .claude": "mkdir -p .claude && echo x > .claude/settings.json",
  "make .mcp.json": "echo x > .mcp.json",
  "move .vscode into place": "mkdir v && echo x > v/tasks.json && mv -T v .vscode && test -e .vscode/tasks.json",
  "link .vscode into place": "mkdir v2 && ln -sT v2 .vscode",
  "write what is there, deep": "echo x >> packages/one/.envrc",
  "rename what is above it": "mv packages elsewhere",
  "rename what is right above it": "mv packages/one packages/two",
  "remove a placeholder": "rmdir .cursor 2>/dev/null || { ! test -e .cursor && echo x > .cursor; }",
}

await describeIsolated("a folder that is bound", backend, () => {
  test.each(Object.entries(ATTACKS))(
    "INV-151: an agent cannot %s; without protection it can",
    async (_name, attack) => {
      await using trial = await openTrial()
      const control = Bun.spawnSync(["/bin/sh", "-c", attack], {
        cwd: trial.unprotected,
        env: { PATH: Bun.env["PATH"] ?? "", HOME: trial.home },
      })
      expect(control.exitCode).toBe(0)

      const before = guarded(trial.folder)
      const { exitCode } = await trial.run(attack)
      expect({ failed: exitCode !== 0, folder: guarded(trial.folder) }).toEqual({ failed: true, folder: before })
    },
  )

  test("INV-151: what no mount can prevent is taken away at the end, and kept aside", async () => {
    await using trial = await openTrial()
    const script = `mkdir -p sub/.git bare/objects bare/refs node_modules/p/.git && echo x > sub/.git/config
      echo ref > bare/HEAD; echo x > bare/config; echo x > sub/.envrc; echo x > .WINDSURF; echo fine > sub/file`
    const { end } = await trial.run(script)
    expect(end.quarantined.map(({ path }) => path).sort()).toEqual([
      ".WINDSURF",
      "bare",
      "node_modules/p/.git",
      "sub/.envrc",
      "sub/.git",
    ])
    expect(end.problems).toEqual([])
    for (const { path, to } of end.quarantined)
      expect([existsSync(join(trial.folder, path)), existsSync(to)]).toEqual([false, true])
    expect(readFileSync(join(trial.folder, "sub/file"), "utf8")).toBe("fine\n")
  })

  test("INV-151: a folder that its agent makes a bare repository of, or closes to us, is none and open at the end", async () => {
    await using trial = await openTrial({ repository: false })
    const script = `mkdir -p objects refs/heads sub/.git && echo ref: refs/heads/main > HEAD && echo x > sub/.git/config
      printf '[core]\\nrepositoryformatversion = 0\\nbare = true\\n[alias]\\nst = !echo sprung\\n' > config
      chmod 0555 sub sub/.git`
    const control = Bun.spawnSync(["/bin/sh", "-c", `${script}; git -c safe.directory='*' st`], {
      cwd: trial.unprotected,
      env: { PATH: Bun.env["PATH"] ?? "", HOME: trial.home },
    })
    expect(control.stdout.toString()).toBe("sprung\n")
    const { end } = await trial.run(script)
    expect([end.problems, end.quarantined.map(({ path }) => path).sort()]).toEqual([[], ["HEAD", "sub/.git"]])
    const after = Bun.spawnSync(["git", "-c", "safe.directory=*", "st"], {
      cwd: trial.folder,
      env: { PATH: Bun.env["PATH"] ?? "", HOME: trial.home, GIT_CEILING_DIRECTORIES: join(trial.folder, "..") },
    })
    expect([after.exitCode === 0, after.stdout.toString()]).toEqual([false, ""])
  })

  test("INV-151: what lies too deep to be looked at is named at the end", async () => {
    await using trial = await openTrial()
    const { end } = await trial.run("for i in $(seq 300); do mkdir d && cd d || exit 1; done; mkdir .git")
    expect(end.problems).toEqual([expect.stringContaining("could not be read (it lies 256 folders deep)")])
  })

  test("INV-151: the agent's work is there, owned by the folder's owner, and nothing else is", async () => {
    await using trial = await openTrial()
    const { exitCode, stdout } = await trial.run(`echo work > made && mkdir new && mv src/file new/file &&
      git add -A && git -c user.name=n -c user.email=e commit -qm work && git status --short && git log --format=%s`)
    expect({ exitCode, stdout }).toEqual({ exitCode: 0, stdout: "work\nfirst\n" })
    expect(readdirSync(trial.folder).sort()).toEqual([".git", "build", "made", "new", "packages", "src"])
    expect(
      readdirSync(join(trial.folder, ".git")).filter((name) =>
        ["commondir", "config.worktree", "modules"].includes(name),
      ),
    ).toEqual([])
    const owner = lstatSync(trial.folder)
    expect(["made", "new/file", ".git/HEAD"].map((path) => lstatSync(join(trial.folder, path)).uid)).toEqual([
      owner.uid,
      owner.uid,
      owner.uid,
    ])
  })

  test("INV-151: a folder without a repository gets none, and none is left", async () => {
    await using trial = await openTrial({ repository: false })
    const { exitCode } = await trial.run("git init -q . ; test -e .git/HEAD")
    expect([exitCode === 0, readdirSync(trial.folder).sort()]).toEqual([false, ["build", "packages"]])
    // The control: as such, it can be made.
    expect(Bun.spawnSync(["git", "init", "-q", "."], { cwd: trial.folder }).exitCode).toBe(0)
  })

  test("a protected file that the host replaces while the agent works ends the protection, and that is told", async () => {
    await using trial = await openTrial()
    await using bind = await trial.open()
    writeFileSync(join(trial.folder, "draft"), "new")
    Bun.spawnSync(["mv", "draft", ".git/config"], { cwd: trial.folder })
    expect(await bind.broken).toEqual({ kind: "unprotected", path: join(trial.folder, ".git/config") })
  })
})

async function openTrial({ repository = true } = {}) {
  const place = await openTempFolder()
  const [folder, unprotected, home] = ["folder", "unprotected", "home"].map((name) => join(place.path, name)) as [
    string,
    string,
    string,
  ]
  mkdirSync(home)
  for (const one of [folder, unprotected]) {
    for (const path of ["packages/one", "build"]) mkdirSync(join(one, path), { recursive: true })
    writeFileSync(join(one, "packages/one/.envrc"), "as it was\n")
    if (repository) makeRepository(one, home)
  }
  const run = openTestRun()
  const open = async () => {
    const slug = run.folders.state.split("/").at(-1)!
    const bind = await openBind({
      folder,
      root: run.root,
      slug,
      turn: { take: async () => true, release: async () => {} },
      names: { secrets: "hidden", hide: [] },
    })
    return { ...bind, [Symbol.asyncDispose]: async () => void (await bind.close()) }
  }
  return {
    folder,
    unprotected,
    home,
    open,
    async run(script: string) {
      const bind = await open()
      try {
        const plan = run.plan(["/bin/sh", "-c", script], { bind: { ...bind.plan, hidden: bind.hidden } })
        const output = await runInBottle(backend, plan)
        return { ...output, end: await bind.close() }
      } finally {
        await bind.close()
      }
    },
    async [Symbol.asyncDispose]() {
      await run[Symbol.asyncDispose]()
      // An agent may have closed folders, and only root removes what lies in those.
      Bun.spawnSync(["chmod", "-R", "u+rwX", place.path])
      await place[Symbol.asyncDispose]()
    },
  }
}

function makeRepository(folder: string, home: string): void {
  mkdirSync(join(folder, "src"))
  writeFileSync(join(folder, "src/file"), "text\n")
  const git = (...args: readonly string[]) => {
    const { exitCode, stderr } = Bun.spawnSync(["git", ...args], {
      cwd: folder,
      env: { PATH: Bun.env["PATH"] ?? "", HOME: home },
    })
    if (exitCode !== 0) throw new Error(stderr.toString())
  }
  git("init", "-q")
  git("config", "core.hooksPath", "build/hooks")
  git("add", ".")
  git("-c", "user.name=n", "-c", "user.email=e", "commit", "-qm", "first")
}

/** The files that an attack must not have changed. */
function guarded(folder: string): Record<string, string> {
  const paths = [
    ".git/config",
    ".git/hooks",
    ".git/commondir",
    ".git/config.worktree",
    ".git/modules",
    ".envrc",
    ".claude",
    ".mcp.json",
    ".vscode",
    ".cursor",
    "build/hooks",
    "packages/one/.envrc",
  ]
  return Object.fromEntries(
    paths.map((path) => {
      const stat = lstatSync(join(folder, path), { throwIfNoEntry: false })
      if (stat === undefined) return [path, "absent"]
      return [
        path,
        stat.isFile() ? readFileSync(join(folder, path), "utf8") : readdirSync(join(folder, path)).sort().join(" "),
      ]
    }),
  )
}
