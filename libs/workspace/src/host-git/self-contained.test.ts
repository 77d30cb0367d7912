// Copies of folders whose history lies elsewhere, as real Git makes them.

import { expect, test } from "bun:test"
import { existsSync, mkdirSync, readFileSync, realpathSync, rmSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { textOf } from "@bot-bottle/kernel"
import { openTempFolder } from "@bot-bottle/testkit"
import { prepareBind } from "../bind/open-bind.ts"
import { copyWorkspace } from "../copy/copy-workspace.ts"
import { fetchCommits } from "./fetch-commits.ts"

type Trial = Awaited<ReturnType<typeof openTrial>>

// biome-ignore format: a table
const KINDS: readonly (readonly [name: string, make: (trial: Trial) => string])[] = [
  ["a plain repository",                 ({ main }) => main],
  ["a linked worktree",                  ({ main, git, at }) => { git(main, "worktree", "add", "-q", "-b", "topic", at("tree")); return at("tree") }],
  ["a worktree without a branch",        ({ main, git, at }) => { git(main, "worktree", "add", "-q", "--detach", at("tree")); return at("tree") }],
  ["a worktree of a bare repository",    ({ main, git, at }) => { git(main, "clone", "-q", "--bare", main, at("bare.git")); git(at("bare.git"), "worktree", "add", "-q", at("tree")); return at("tree") }],
  ["a worktree with its own settings",   ({ main, git, at }) => { git(main, "config", "extensions.worktreeConfig", "true"); git(main, "worktree", "add", "-q", at("tree")); git(at("tree"), "config", "--worktree", "user.name", "own"); return at("tree") }],
  ["a shared clone",                     ({ main, git, at }) => { git(main, "clone", "-q", "--shared", main, at("clone")); return at("clone") }],
  ["a shared clone of a shared clone",   ({ main, git, at }) => { git(main, "clone", "-q", "--shared", main, at("one")); git(main, "clone", "-q", "--shared", at("one"), at("two")); return at("two") }],
  ["a worktree of a shared clone",       ({ main, git, at }) => { git(main, "clone", "-q", "--shared", main, at("clone")); git(at("clone"), "worktree", "add", "-q", at("tree")); return at("tree") }],
  ["a shallow shared clone",             ({ main, git, at }) => { git(main, "clone", "-q", "--depth=1", `file://${main}`, at("one")); git(main, "clone", "-q", "--shared", at("one"), at("two")); return at("two") }],
  ["a submodule's own folder",           ({ main, addSubmodule }) => { addSubmodule(main); return join(main, "sub") }],
  ["a repository with a submodule",      ({ main, addSubmodule }) => { addSubmodule(main); return main }],
  ["a worktree with a submodule",        ({ main, git, at, addSubmodule }) => { addSubmodule(main); git(main, "worktree", "add", "-q", at("tree")); git(at("tree"), "submodule", "update", "--init"); return at("tree") }],
  ["a submodule named by its whole path", ({ main, addSubmodule }) => { addSubmodule(main); writeFileSync(join(main, "sub/.git"), `gitdir: ${main}/.git/modules/sub\n`); return main }],
]

test.each(KINDS)(
  "a copy of %s is whole: its history is in it, and Git works there when all else is gone",
  async (_, make) => {
    await using trial = await openTrial()
    const source = make(trial)
    const before = { log: trial.git(source, "log", "--format=%H %s"), status: trial.git(source, "status", "--short") }
    const head = trial.git(source, "rev-parse", "--abbrev-ref", "HEAD")
    const subLog = existsSync(join(source, "sub")) ? trial.git(join(source, "sub"), "log", "--format=%s") : undefined

    const copy = await trial.copy(source)
    expect(copy.skipped).toEqual([])
    trial.removeAllBut(copy.path)
    expect(trial.git(copy.path, "log", "--format=%H %s")).toBe(before.log)
    expect(trial.git(copy.path, "rev-parse", "--abbrev-ref", "HEAD")).toBe(head)
    expect(trial.git(copy.path, "status", "--short")).toBe(before.status)
    expect(trial.git(copy.path, "rev-parse", "--show-toplevel")).toBe(copy.path)
    trial.git(copy.path, "commit", "-q", "--allow-empty", "-m", "agent")
    trial.git(copy.path, "fsck", "--connectivity-only")
    if (subLog !== undefined) {
      expect(trial.git(join(copy.path, "sub"), "log", "--format=%s")).toBe(subLog)
      expect(trial.git(join(copy.path, "sub"), "rev-parse", "--show-toplevel")).toBe(join(copy.path, "sub"))
      trial.git(join(copy.path, "sub"), "commit", "-q", "--allow-empty", "-m", "agent's")
    }
  },
)

test.each(KINDS.filter(([name]) => !name.includes("shallow")))(
  "commits from a copy of %s reach its repository",
  async (_, make) => {
    await using trial = await openTrial()
    const source = make(trial)
    const copy = await trial.copy(source)
    writeFileSync(join(copy.path, "new"), "text")
    trial.git(copy.path, "add", "new")
    trial.git(copy.path, "commit", "-q", "-m", "agent")
    using fetched = await fetchCommits({ workspace: copy.path, source, slug: "run-aaaaa" })
    expect([fetched.count, fetched.commits.map(({ subject }) => subject)]).toEqual([1, ["agent"]])
    const branch = fetched.bring()
    expect(trial.git(source, "log", "-1", "--format=%s", branch)).toBe("agent")
    trial.git(source, "fsck", "--connectivity-only")
  },
)

test("INV-150: a .git file that names a repository which does not point back brings nothing of it", async () => {
  await using trial = await openTrial()
  const folder = trial.at("stranger")
  const pointers: Readonly<Record<string, string>> = {
    "a repository": join(trial.main, ".git"),
    "a worktree of another folder": join(trial.main, ".git/worktrees/tree"),
    nothing: trial.at("nothing"),
  }
  trial.git(trial.main, "worktree", "add", "-q", trial.at("tree"))
  for (const [name, pointer] of Object.entries(pointers)) {
    mkdirSync(join(folder, name), { recursive: true })
    writeFileSync(join(folder, name, ".git"), `gitdir: ${pointer}\n`)
    writeFileSync(join(folder, name, "file"), "text")
  }
  // The control: Git itself follows all but the last.
  expect(trial.git(join(folder, "a repository"), "log", "--format=%s")).toBe("second\nfirst")
  const copy = await trial.copy(folder)
  expect(copy.skipped).toEqual([
    `a repository/.git: it points to ${pointers["a repository"]}, which does not point back, so the copy has no history`,
    `a worktree of another folder/.git: it points to ${pointers["a worktree of another folder"]}, which does not point back, so the copy has no history`,
    `nothing/.git: it points to ${pointers["nothing"]}, which is not there, so the copy has no history`,
  ])
  expect(Object.keys(pointers).map((name) => existsSync(join(copy.path, name, ".git")))).toEqual([false, false, false])
})

test("INV-150: a stranger's list of object stores brings what its own commits reach, and nothing else", async () => {
  await using trial = await openTrial()
  const { git, main } = trial
  const folder = trial.at("stranger")
  git(main, "init", "-q", folder)
  git(folder, "commit", "-q", "--allow-empty", "-m", "theirs")
  writeFileSync(join(folder, ".git/objects/info/alternates"), `${main}/.git/objects\n`)
  const secret = git(main, "rev-parse", "HEAD")
  expect(git(folder, "cat-file", "-t", secret)).toBe("commit")
  const copy = await trial.copy(folder)
  expect(git(copy.path, "log", "--format=%s")).toBe("theirs")
  expect(() => git(copy.path, "cat-file", "-t", secret)).toThrow()
  expect(existsSync(join(copy.path, ".git/objects/info/alternates"))).toBe(false)
})

test("history that is incomplete is said, and locks of the host's Git are left out", async () => {
  await using trial = await openTrial()
  const { git, main } = trial
  git(main, "clone", "-q", "--shared", main, trial.at("clone"))
  writeFileSync(join(trial.at("clone"), ".git/index.lock"), "")
  rmSync(join(main, ".git/objects"), { recursive: true })
  const copy = await trial.copy(trial.at("clone"))
  expect(copy.skipped).toEqual([expect.stringMatching(/^\.git: part of its history cannot be read: \w+: /)])
  expect(existsSync(join(copy.path, ".git/index.lock"))).toBe(false)
})

const SPLIT = /worktree|^a shared|own folder/

test.each(KINDS)("bind mode tells in words whether %s can work in a bottle", async (name, make) => {
  await using trial = await openTrial()
  const bound = prepareBind(make(trial), trial.at("root"), { secrets: "hidden", hide: [] })
  if (!SPLIT.test(name)) return void (await bound)
  await expect(bound).rejects.toMatchObject({
    message: expect.stringMatching(/ cannot be bound: (?:part of )?its history lies in .*, which no bottle sees$/),
    hint: "a copy takes the history along: --workspace copy",
  })
})

async function openTrial() {
  const folder = await openTempFolder()
  const top = realpathSync(folder.path)
  const at = (name: string) => join(top, name)
  const main = at("main")
  const env = {
    PATH: Bun.env["PATH"] ?? "",
    HOME: at("home"),
    GIT_AUTHOR_NAME: "n",
    GIT_AUTHOR_EMAIL: "e",
    GIT_COMMITTER_NAME: "n",
    GIT_COMMITTER_EMAIL: "e",
  }
  const git = (cwd: string, ...args: readonly string[]) => {
    const argv = ["git", "-c", "protocol.file.allow=always", ...args]
    const { exitCode, stdout, stderr } = Bun.spawnSync(argv, { cwd, env })
    if (exitCode !== 0) throw new Error(`git ${args.join(" ")}: ${stderr}`)
    return stdout.toString().trimEnd()
  }
  for (const name of ["main", "home", "root", "copies"]) mkdirSync(at(name))
  git(main, "init", "-q")
  writeFileSync(join(main, "file"), "one")
  git(main, "add", "-A")
  git(main, "commit", "-q", "-m", "first")
  git(main, "commit", "-q", "--allow-empty", "-m", "second")
  writeFileSync(join(main, "untracked"), "x")
  let copies = 0
  return {
    main,
    at,
    git,
    addSubmodule(repository: string) {
      git(main, "init", "-q", at("module"))
      git(at("module"), "commit", "-q", "--allow-empty", "-m", "of the module")
      git(repository, "submodule", "--quiet", "add", at("module"), "sub")
      git(repository, "commit", "-q", "-m", "with a submodule")
    },
    async copy(source: string) {
      const path = at(`copies/${copies++}`)
      mkdirSync(path)
      const skipped = await copyWorkspace({
        source,
        target: path,
        root: at("root"),
        baseline: at("baseline"),
        names: { secrets: "hidden", hide: [] },
        onLong: () => {},
        longMs: 60_000,
      })
      expect(readFileSync(at("baseline"), "utf8")).not.toContain(".git/")
      return { path, skipped: skipped.map(({ path, why }) => `${textOf(path)}: ${why}`) }
    },
    removeAllBut(kept: string) {
      for (const name of ["main", "tree", "clone", "one", "two", "bare.git", "module"])
        rmSync(at(name), { recursive: true, force: true })
      expect(existsSync(kept)).toBe(true)
    },
    [Symbol.asyncDispose]: () => folder[Symbol.asyncDispose](),
  }
}
