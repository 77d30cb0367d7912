// Commits that name other things: submodules' commits, and files that Git LFS is to hold.

import { expect, test } from "bun:test"
import { cpSync, existsSync, mkdirSync, readFileSync, realpathSync, rmSync, symlinkSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { openTempFolder } from "@bot-bottle/testkit"
import { fetchCommits } from "./fetch-commits.ts"

test("a submodule's new commits come with the commit that names them, nested ones too", async () => {
  await using trial = await openTrial()
  const { git, source, copy } = trial
  const sub = join(copy, "lib/sub")
  trial.commitFile(sub, "a", "one")
  git(copy, "commit", "-q", "-am", "uses one")
  trial.commitFile(join(sub, "nested"), "b", "deep")
  git(sub, "commit", "-q", "-am", "uses deep")
  git(copy, "commit", "-q", "-am", "uses both")
  const fetched = await trial.bring()
  expect(fetched).toEqual({
    count: 2,
    submodules: [
      { path: "lib/sub/nested", count: 1 },
      { path: "lib/sub", count: 2 },
    ],
    missing: [],
  })
  expect(git(join(source, "lib/sub"), "log", "--format=%s", BRANCH)).toBe("uses deep\none\nfirst of sub")
  expect(git(join(source, "lib/sub/nested"), "log", "-1", "--format=%s", BRANCH)).toBe("deep")
  // The whole of it can be checked out with nothing but what the host has.
  git(source, "checkout", "-q", BRANCH)
  git(source, "submodule", "update", "--recursive", "--no-fetch")
  expect(git(join(source, "lib/sub/nested"), "log", "-1", "--format=%s")).toBe("deep")
  expect((await trial.bring()).count).toBe(0)
})

test.each([
  [
    "is not in your folder",
    ({ source }: Trial) => rmSync(join(source, "lib"), { recursive: true }),
    /^submodule "lib\/sub": commit [0-9a-f]{12} belongs to a submodule that your folder does not have$/,
  ],
  [
    "is not initialised there",
    ({ source }: Trial) => rmSync(join(source, "lib/sub/.git")),
    / belongs to a submodule that is not initialised in your folder$/,
  ],
  [
    "lost its repository in the copy",
    ({ copy }: Trial) => rmSync(join(copy, "lib/sub/.git")),
    / is not in the copy either$/,
  ],
  [
    "lost a commit in the copy",
    ({ copy }: Trial) => rmSync(join(copy, ".git/modules/lib/sub/objects"), { recursive: true }),
    / does not come: the agent's commits cannot be read: /,
  ],
  [
    "is a way out of the copy",
    ({ copy }: Trial) => {
      cpSync(join(copy, "lib"), join(copy, "../elsewhere"), { recursive: true })
      rmSync(join(copy, "lib"), { recursive: true })
      symlinkSync("../elsewhere", join(copy, "lib"))
    },
    / is not in the copy either$/,
  ],
] as const)("a commit of a submodule that %s is named, and the rest comes", async (_what, spoil, says) => {
  await using trial = await openTrial()
  trial.commitFile(join(trial.copy, "lib/sub"), "a", "one")
  trial.git(trial.copy, "commit", "-q", "-am", "uses one")
  spoil(trial)
  const { count, submodules, missing } = await trial.bring()
  expect({ count, submodules, missing }).toEqual({ count: 1, submodules: [], missing: [expect.stringMatching(says)] })
})

test("an older commit that the newest does not follow from is named", async () => {
  await using trial = await openTrial()
  const sub = join(trial.copy, "lib/sub")
  trial.commitFile(sub, "a", "one")
  trial.git(trial.copy, "commit", "-q", "-am", "uses one")
  trial.git(sub, "reset", "-q", "--hard", "HEAD~1")
  trial.commitFile(sub, "b", "two")
  trial.git(trial.copy, "commit", "-q", "-am", "uses two")
  expect((await trial.bring()).missing).toEqual([
    expect.stringContaining("is not an ancestor of the submodule's newest commit"),
  ])
})

test("files that Git LFS is to hold are named when the commit holds them whole", async () => {
  await using trial = await openTrial()
  const { copy } = trial
  writeFileSync(join(copy, ".gitattributes"), "*.bin filter=lfs diff=lfs merge=lfs -text\n")
  writeFileSync(
    join(copy, "pointer.bin"),
    `version https://git-lfs.github.com/spec/v1\noid sha256:${"0".repeat(64)}\nsize 5\n`,
  )
  for (const [name, oid] of [
    ["kept.bin", OID],
    ["forged.bin", OTHER],
  ])
    writeFileSync(join(copy, name!), `version https://git-lfs.github.com/spec/v1\noid sha256:${oid}\nsize 5\n`)
  writeFileSync(join(copy, "whole.bin"), "x".repeat(5000))
  writeFileSync(join(copy, "short.bin"), "short")
  writeFileSync(join(copy, "empty.bin"), "")
  writeFileSync(join(copy, "other.txt"), "x".repeat(5000))
  trial.git(copy, "add", "-A")
  trial.git(copy, "commit", "-q", "-m", "binaries")
  const kept = join(copy, ".git/lfs/objects/2c/f2", OID)
  mkdirSync(join(kept, ".."), { recursive: true })
  writeFileSync(kept, "hello")
  writeFileSync(join(copy, ".git/lfs/objects/2c/f2", OTHER), "not what its name says")
  expect((await trial.bring()).missing).toEqual([
    '"pointer.bin" points to contents of Git LFS that are not in the copy',
    '"short.bin" holds a whole file where Git LFS wants a pointer',
    '"whole.bin" holds a whole file where Git LFS wants a pointer',
  ])
  expect(readFileSync(join(trial.source, ".git/lfs/objects/2c/f2", OID), "utf8")).toBe("hello")
  expect(existsSync(join(trial.source, ".git/lfs/objects/2c/f2", OTHER))).toBe(false)
})

const OID = "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824"
const OTHER = `2cf2${"0".repeat(60)}`
const BRANCH = "bot-bottle/run-aaaaa"

type Trial = Awaited<ReturnType<typeof openTrial>>

/** A repository with a submodule that has one itself, and a workspace's copy of it. */
async function openTrial() {
  const folder = await openTempFolder()
  const top = realpathSync(folder.path)
  const who = { GIT_AUTHOR_NAME: "n", GIT_AUTHOR_EMAIL: "e", GIT_COMMITTER_NAME: "n", GIT_COMMITTER_EMAIL: "e" }
  const git = (cwd: string, ...args: readonly string[]) => {
    const argv = ["git", "-c", "protocol.file.allow=always", ...args]
    const { exitCode, stdout, stderr } = Bun.spawnSync(argv, {
      cwd,
      // The host of these tests may have Git LFS installed.
      env: { PATH: Bun.env["PATH"] ?? "", HOME: top, GIT_CONFIG_SYSTEM: "/dev/null", ...who },
    })
    if (exitCode !== 0) throw new Error(`git ${args.join(" ")}: ${stderr}`)
    return stdout.toString().trim()
  }
  const [source, copy] = [join(top, "source"), join(top, "copy")]
  for (const name of ["nested", "sub", "source"]) {
    mkdirSync(join(top, name))
    git(join(top, name), "init", "-q")
    git(join(top, name), "commit", "-q", "--allow-empty", "-m", `first of ${name}`)
  }
  git(join(top, "sub"), "submodule", "--quiet", "add", join(top, "nested"), "nested")
  git(join(top, "sub"), "commit", "-q", "--amend", "-m", "first of sub")
  git(source, "submodule", "--quiet", "add", join(top, "sub"), "lib/sub")
  git(source, "submodule", "update", "--init", "--recursive")
  git(source, "commit", "-q", "-m", "with submodules")
  cpSync(source, copy, { recursive: true, verbatimSymlinks: true })
  return {
    git,
    source,
    copy,
    commitFile(cwd: string, name: string, message: string) {
      writeFileSync(join(cwd, name), name)
      git(cwd, "add", name)
      git(cwd, "commit", "-q", "-m", message)
    },
    async bring() {
      using fetched = await fetchCommits({ workspace: copy, source, slug: "run-aaaaa" })
      if (fetched.count > 0) fetched.bring()
      const { count, submodules, missing } = fetched
      return { count, submodules, missing }
    },
    [Symbol.asyncDispose]: () => folder[Symbol.asyncDispose](),
  }
}
