import { expect, test } from "bun:test"
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { deflateSync } from "node:zlib"
import { fetchCommits, hasOwnCommits } from "./fetch-commits.ts"

test.each(["sha1", "sha256"])(
  "commits come as a branch, loose or packed, and the repository is whole (%s)",
  async (format) => {
    using pair = openPair(format)
    pair.commit("second")
    pair.commit("third", { "sub/file": "text" })
    expect(await pair.bring()).toEqual({ count: 2, subjects: ["second", "third"] })
    expect(pair.original("log", "--format=%s", "bot-bottle/run-aaaaa")).toBe("third\nsecond\nfirst")
    expect(pair.original("status", "--short")).toBe("")
    pair.commit("fourth")
    pair.theirs("gc", "-q")
    expect(await pair.bring()).toEqual({ count: 1, subjects: ["fourth"] })
    pair.original("fsck", "--strict")
    expect([await pair.bring(), hasOwnCommits(pair)]).toEqual([{ count: 0, subjects: [] }, false])
  },
)

test("the operator's own commits meanwhile do not matter, nor does a rewritten history of the agent's", async () => {
  using pair = openPair()
  pair.original("commit", "-q", "--allow-empty", "-m", "mine")
  pair.theirs("commit", "-q", "--amend", "--allow-empty", "-m", "rewritten")
  expect(await pair.bring()).toEqual({ count: 1, subjects: ["rewritten"] })
  expect(pair.original("log", "--format=%s")).toBe("mine\nfirst")
})

test("INV-152: of a copy's .git nothing comes but objects and the one branch", async () => {
  using pair = openPair()
  pair.commit("second")
  pair.theirs("branch", "other")
  pair.theirs("tag", "v1")
  for (const [path, text] of [
    ["hooks/post-merge", "#!/bin/sh"],
    ["commondir", "."],
    ["info/grafts", ""],
    ["objects/info/commit-graph", "x"],
  ] as const) {
    mkdirSync(join(pair.workspace, ".git", path, ".."), { recursive: true })
    writeFileSync(join(pair.workspace, ".git", path), text)
  }
  const before = listGit(pair.source)
  await pair.bring()
  const made = listGit(pair.source).filter((path) => !before.includes(path))
  expect(made.map((path) => path.replace(/[0-9a-f]{40}/, "HASH")).sort()).toEqual([
    "logs/refs/heads/bot-bottle",
    "logs/refs/heads/bot-bottle/run-aaaaa",
    "objects/pack/pack-HASH.idx",
    "objects/pack/pack-HASH.pack",
    "refs/heads/bot-bottle",
    "refs/heads/bot-bottle/run-aaaaa",
  ])
})

test.each([
  ["an object that is not what its name says", ({ gitFile }: Pair) => spoil(gitFile)],
  ["a pack with an index of the agent's", spoilPack],
  [
    "a commit without its tree",
    ({ theirs, workspace }: Pair) =>
      rmSync(join(workspace, ".git/objects", objectPath(theirs("rev-parse", "HEAD^{tree}")))),
  ],
  ["a tree that writes into .git", ({ theirs }: Pair) => plantTree(theirs)],
] as const)("INV-152: %s does not come", async (_what, spoilIt) => {
  using pair = openPair()
  pair.commit("second", { new: "text" })
  spoilIt(pair)
  await expect(pair.bring()).rejects.toThrow("the agent's commits cannot be read")
  expect(existsSync(join(pair.source, ".git/refs/heads/bot-bottle"))).toBe(false)
  pair.original("fsck", "--strict")
})

test("INV-152: objects are taken from the copy's own folder: no alternate and no link is followed", async () => {
  using pair = openPair()
  using secret = openPair()
  secret.commit("secret", { key: "PLANTED" })
  const commit = secret.theirs("rev-parse", "HEAD")
  writeFileSync(join(pair.workspace, ".git/objects/info/alternates"), `${join(secret.workspace, ".git/objects")}\n`)
  writeFileSync(join(pair.workspace, ".git", pair.branch), `${commit}\n`)
  // The control: their Git finds it.
  expect(pair.theirs("show", "HEAD:key")).toBe("PLANTED")
  await expect(pair.bring()).rejects.toThrow("cannot be read")

  rmSync(join(pair.workspace, ".git/objects/info/alternates"))
  rmSync(join(pair.workspace, ".git/objects"), { recursive: true })
  symlinkSync(join(secret.workspace, ".git/objects"), join(pair.workspace, ".git/objects"))
  expect(pair.theirs("show", "HEAD:key")).toBe("PLANTED")
  await expect(pair.bring()).rejects.toThrow("cannot be read")
})

test.each([
  ["leads elsewhere", "ref: refs/heads/../../../outside"],
  ["names no commit", "ref: refs/heads/\n"],
  ["is empty", ""],
])("a HEAD that %s is an error, not the absence of commits", async (_what, head) => {
  using pair = openPair()
  pair.commit("second")
  writeFileSync(join(pair.workspace, ".git/HEAD"), head)
  await expect(pair.bring()).rejects.toThrow("HEAD names no branch and no commit")
})

test("a branch without a commit yet has nothing to bring", async () => {
  using pair = openPair()
  pair.theirs("checkout", "-q", "--orphan", "fresh")
  expect(await pair.bring()).toEqual({ count: 0, subjects: [] })
})

test("INV-152: the branch moves forwards only, whatever became of it, and its log says from where", async () => {
  using pair = openPair()
  const log = () => pair.original("log", "-g", "--format=%gs %s", BRANCH)
  pair.commit("second")
  await pair.bring()
  expect(log()).toBe("apply --commits second")
  pair.commit("third")
  pair.original("pack-refs", "--all")
  await pair.bring()
  expect(log()).toBe("apply --commits third\napply --commits second")

  // The operator works on it, and is elsewhere again when the agent continues.
  pair.original("checkout", "-q", BRANCH)
  pair.original("commit", "-q", "--allow-empty", "-m", "operator fix")
  const fixed = pair.original("rev-parse", "HEAD")
  pair.original("checkout", "-q", "-")
  pair.commit("fourth")
  await expect(pair.bring()).rejects.toMatchObject({
    message: `branch ${BRANCH} has commits that the agent's do not follow from`,
    hint: `keep them under another name, and apply again: git branch -m ${BRANCH} kept/run-aaaaa`,
  })
  expect(pair.original("rev-parse", BRANCH)).toBe(fixed)

  pair.original("branch", "-m", BRANCH, "kept/run-aaaaa")
  expect(await pair.bring()).toEqual({ count: 1, subjects: ["fourth"] })
  expect(pair.original("log", "--format=%s", BRANCH)).toBe("fourth\nthird\nsecond\nfirst")
  pair.theirs("commit", "-q", "--amend", "--allow-empty", "-m", "fourth, rewritten")
  await expect(pair.bring()).rejects.toThrow("do not follow from")
})

test("INV-152: a branch that moves between the question and the answer is left alone, and nothing stays locked", async () => {
  using pair = openPair()
  pair.commit("second")
  using fetched = await fetchCommits({ ...pair.place, slug: "run-aaaaa" })
  pair.original("branch", BRANCH)
  expect(() => fetched.bring()).toThrow(`branch ${BRANCH} has moved meanwhile`)
  expect(pair.original("log", "--format=%s", BRANCH)).toBe("first")
  writeFileSync(join(pair.source, ".git/refs/heads", `${BRANCH}.lock`), "")
  using again = await fetchCommits({ ...pair.place, slug: "run-aaaaa" })
  expect(() => again.bring()).toThrow("is locked by another Git")
  rmSync(join(pair.source, ".git/refs/heads", `${BRANCH}.lock`))
  again.bring()
  expect(pair.original("log", "--format=%s", BRANCH)).toBe("second\nfirst")
})

test.each([
  [
    "checked out in a linked worktree",
    ({ original, top }: Pair) => original("worktree", "add", "-q", join(top, "other"), BRANCH),
  ],
  [
    "being rebased in a linked worktree",
    ({ original, top, source }: Pair) => {
      original("worktree", "add", "-q", "--detach", join(top, "other"), BRANCH)
      mkdirSync(join(source, ".git/worktrees/other/rebase-merge"))
      writeFileSync(join(source, ".git/worktrees/other/rebase-merge/head-name"), `refs/heads/${BRANCH}\n`)
    },
  ],
  [
    "a name for another branch",
    ({ original }: Pair) => original("symbolic-ref", `refs/heads/${BRANCH}`, "refs/heads/other"),
  ],
] as const)("INV-152: a branch that is %s is left alone", async (_what, use) => {
  using pair = openPair()
  pair.commit("second")
  await pair.bring()
  use(pair)
  const before = listGit(pair.source)
  pair.commit("third")
  await expect(pair.bring()).rejects.toThrow(/is checked out in worktree "other"|is not a plain branch/)
  expect(listGit(pair.source).filter((path) => !before.includes(path) && path.startsWith("refs"))).toEqual([])
})

test("a branch that is checked out, or stands where ours would, is left alone", async () => {
  using pair = openPair()
  pair.commit("second")
  await pair.bring()
  pair.original("checkout", "-q", "bot-bottle/run-aaaaa")
  pair.commit("third")
  await expect(pair.bring()).rejects.toThrow("is checked out")
  pair.original("checkout", "-q", "-")
  pair.original("branch", "-D", "bot-bottle/run-aaaaa")
  rmSync(join(pair.source, ".git/refs/heads/bot-bottle"), { recursive: true, force: true })
  pair.original("branch", "bot-bottle")
  await expect(pair.bring()).rejects.toThrow("a branch is called bot-bottle")
})

const BRANCH = "bot-bottle/run-aaaaa"

type Pair = ReturnType<typeof openPair>

/** An operator's repository with one commit, and a workspace's copy of it. */
function openPair(format = "sha1") {
  const top = realpathSync(mkdtempSync(join(tmpdir(), "bottle-commits-")))
  const [source, workspace] = [join(top, "source"), join(top, "workspace")]
  mkdirSync(source)
  const gitIn =
    (cwd: string) =>
    (...args: readonly string[]) => {
      const who = { GIT_AUTHOR_NAME: "n", GIT_AUTHOR_EMAIL: "e", GIT_COMMITTER_NAME: "n", GIT_COMMITTER_EMAIL: "e" }
      const env = { PATH: Bun.env["PATH"] ?? "", HOME: top, ...who }
      const { exitCode, stdout, stderr } = Bun.spawnSync(["git", ...args], { cwd, env })
      if (exitCode !== 0) throw new Error(`git ${args.join(" ")}: ${stderr}`)
      return stdout.toString().trim()
    }
  const original = gitIn(source)
  original("init", "-q", `--object-format=${format}`)
  original("commit", "-q", "--allow-empty", "-m", "first")
  cpSync(source, workspace, { recursive: true })
  const theirs = gitIn(workspace)
  const place = { source, workspace }
  return {
    ...place,
    place,
    top,
    original,
    theirs,
    branch: theirs("symbolic-ref", "HEAD"),
    get gitFile() {
      return join(workspace, ".git/objects", objectPath(theirs("rev-parse", "HEAD:new")))
    },
    commit(message: string, files: Readonly<Record<string, string>> = {}) {
      for (const [path, text] of Object.entries(files)) {
        mkdirSync(join(workspace, path, ".."), { recursive: true })
        writeFileSync(join(workspace, path), text)
      }
      theirs("add", "-A")
      theirs("commit", "-q", "--allow-empty", "-m", message)
    },
    async bring() {
      using fetched = await fetchCommits({ ...place, slug: "run-aaaaa" })
      if (fetched.count > 0) fetched.bring()
      return { count: fetched.count, subjects: fetched.commits.map(({ subject }) => subject) }
    },
    [Symbol.dispose]: () => rmSync(top, { recursive: true, force: true }),
  }
}

function objectPath(id: string): string {
  return join(id.slice(0, 2), id.slice(2))
}

/** Another blob's bytes under this one's name. */
function spoil(path: string): void {
  chmodSync(path, 0o644)
  writeFileSync(path, deflateSync("blob 5\0other"))
}

function spoilPack({ theirs, workspace }: Pair): void {
  theirs("gc", "-q")
  const folder = join(workspace, ".git/objects/pack")
  const pack = join(folder, readdirSync(folder).find((name) => name.endsWith(".pack"))!)
  chmodSync(pack, 0o644)
  const bytes = readFileSync(pack)
  bytes[Math.floor(statSync(pack).size / 2)]! ^= 0xff
  writeFileSync(pack, bytes)
}

function plantTree(theirs: (...args: readonly string[]) => string): void {
  const blob = theirs("rev-parse", "HEAD:new")
  const raw = Buffer.concat([Buffer.from("100644 .git\0"), Buffer.from(blob, "hex")])
  const cwd = theirs("rev-parse", "--show-toplevel")
  writeFileSync(join(cwd, "tree"), raw)
  const tree = theirs("hash-object", "-t", "tree", "-w", "--literally", "tree")
  theirs("update-ref", "HEAD", theirs("commit-tree", "-m", "planted", "-p", "HEAD", tree))
}

function listGit(folder: string): readonly string[] {
  return readdirSync(join(folder, ".git"), { recursive: true, encoding: "utf8" })
}
