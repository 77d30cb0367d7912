// Names and trees that an agent makes so that a review shows less than what comes, or never ends.

import { expect, test } from "bun:test"
import { closeSync, ftruncateSync, mkdirSync, openSync, renameSync, symlinkSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { bytePath, nameOf, textOf } from "@bot-bottle/kernel"
import { listChanges } from "./review/changes.ts"
import { loadContents } from "./review/contents.ts"
import { findDeletions } from "./review/deletions.ts"
import { described, fill, listing, openTrial } from "./testing/workspace-trial.ts"

const GIT = "Git runs hooks and programs its configuration names"

// biome-ignore format: a table
test.each([
  // what some file system or Git takes for a name that is held back
  [".git\u200c/config",      GIT],
  [".g\u200dit/config",      GIT],
  ["sub/.git /config",       GIT],
  ["sub/.git./config",       GIT],
  ["sub/.git::$INDEX_ALLOCATION/config", GIT],
  ["git~1/config",           GIT],
  [".huſky/pre-commit",      "Git hooks live there"],
  [".ENVRC",                 "direnv runs it when the folder is entered"],
  [".envrc ",                "direnv runs it when the folder is entered"],
  [".ﬃle",                   undefined],
  ["digit~1",                undefined],
  ["git",                    undefined],
  ["a.git",                  undefined],
  ["notes: a",               undefined],
] as const)("INV-151: a file called %j comes back: held because %p", async (name, why) => {
  using trial = await openTrial({ kept: "k" })
  fill(trial.workspace, { [name]: "evil" })
  expect(described(await trial.review())).toEqual([`added ${name}: clean${why === undefined ? "" : `; held: ${why}`}`])
  await trial.apply({ includeHeld: true })
  // Files that could be a repository's own never arrive, whatever is asked for.
  expect(Object.keys(listing(trial.source)).length > 1).toBe(why !== GIT)
})

test("INV-151: a link is judged by where it leads, through other links, not by its words", async () => {
  using trial = await openTrial({ "a/b/c/file": "f", ".vscode/tasks.json": "{}" })
  const { workspace } = trial
  symlinkSync("../../..", join(workspace, "a/b/c/top"))
  symlinkSync("a/b/c/top/../secret", join(workspace, "out"))
  symlinkSync("a/b/c/top/a", join(workspace, "in"))
  symlinkSync("a/b/c/top/.vscode/tasks.json", join(workspace, "tasks"))
  symlinkSync("round", join(workspace, "round"))
  expect(described(await trial.review())).toEqual([
    "added a/b/c/top: clean",
    "added in: clean",
    "added out: clean; held: it is a link that leads out of the folder",
    "added round: clean; held: it is a link that leads out of the folder",
    "added tasks: clean; held: it is a link to something protected",
  ])
})

test("INV-153: what is called like apply's own drafts is not brought, and stands in nobody's way", async () => {
  using trial = await openTrial({ kept: "k", "sub/kept": "k" })
  fill(trial.workspace, {
    ".bot-bottle-apply-trial-aaaaa/x": "x",
    "sub/.bot-bottle-apply-trial-aaaaa": "x",
    other: "o",
  })
  expect(await trial.apply({ includeHeld: true })).toEqual({
    ".bot-bottle-apply-trial-aaaaa/x": "its name is bot-bottle's own",
    "sub/.bot-bottle-apply-trial-aaaaa": "its name is bot-bottle's own",
  })
  // The operator's folder of that name blocks what would be written beside it, and no more.
  mkdirSync(join(trial.source, ".bot-bottle-apply-trial-aaaaa"))
  fill(trial.workspace, { other: "o2", "sub/other": "o2" })
  const refused = await trial.apply()
  expect(Object.keys(refused)).toEqual(["other"])
  expect(listing(trial.source)).toMatchObject({
    other: "o",
    "sub/other": "o2",
    ".bot-bottle-apply-trial-aaaaa": "folder",
  })
})

test("an ignore file too deep to be named in one piece holds no review up", async () => {
  using trial = await openTrial({ a: "a" })
  const { workspace } = trial
  // Each step is short enough to be named; the whole is not.
  let folder = join(workspace, "d".repeat(200))
  mkdirSync(folder)
  fill(folder, { ".gitignore": "x\n", x: "x" })
  for (let level = 0; level < 25; level += 1) {
    const above = join(workspace, `above${level}`.padEnd(200, "u"))
    mkdirSync(above)
    renameSync(folder, join(above, "inner".padEnd(200, "i")))
    folder = above
  }
  fill(workspace, { ".gitignore": "left-out\n", "left-out": "l" })
  const { changes, ignored } = await trial.review()
  expect([changes.length, ignored.map(textOf)]).toEqual([3, ["left-out"]])
})

test("ignore rules that take for ever to match leave nothing out, and that is said", async () => {
  using trial = await openTrial({ kept: "k" })
  fill(trial.workspace, { ".gitignore": `${"**/a*/".repeat(14)}zz\nb\n`, [`${"a/".repeat(60)}b`]: "b" })
  const { changes, ignored, rulesFailure } = await trial.review()
  expect([changes.length, ignored, rulesFailure]).toEqual([2, [], "git check-ignore took longer than 10000 ms"])
}, 30_000)

test("files that are nothing but holes are named instead of read for hours", async () => {
  using trial = await openTrial({ a: "a" })
  for (const name of ["one", "two"]) {
    const fd = openSync(join(trial.workspace, name), "w")
    ftruncateSync(fd, 4 * 1024 ** 4)
    closeSync(fd)
  }
  const fd = openSync(join(trial.workspace, "small"), "w")
  ftruncateSync(fd, 1024 * 1024)
  closeSync(fd)
  const review = await trial.review()
  expect(described(review)).toEqual(["added small: clean"])
  expect(review.unseen.map(({ path, why }) => `${textOf(path)}: ${why}`)).toEqual([
    "one: it is 4398046511104 bytes, most of them a hole",
    "two: it is 4398046511104 bytes, most of them a hole",
  ])
})

// Quadratic, either takes minutes.
test("very many files alike, moved, and very many in a folder that was a file, are weighed at once", () => {
  const alike = { kind: "file", executable: false, size: 1, hash: "same" } as const
  const names = (folder: string) => Array.from({ length: 150_000 }, (_, index) => bytePath(`${folder}/${index}`))
  const before = new Map(names("old").map((path) => [path, alike]))
  const entries = new Map(names("new").map((path) => [path, alike]))
  const changes = listChanges(before, { entries, unseen: [] })
  expect(changes.length).toBe(150_000)
  expect(changes.every((one) => one.status === "renamed" && nameOf(one.from) === nameOf(one.path))).toBe(true)

  const gone = listChanges(before, { entries: new Map(), unseen: [] })
  const { files, folders } = findDeletions({ hide: [], entries: before }, gone)
  expect([files.size, [...folders]]).toEqual([150_000, [bytePath("old")]])
  const some = findDeletions({ hide: [], entries: before }, gone.slice(1))
  expect([some.files.size, [...some.folders]]).toEqual([149_999, []])
})

test("bytes that are not UTF-8 are told apart in a diff", async () => {
  using trial = await openTrial({ a: "a" })
  writeFileSync(join(trial.source, "latin"), Buffer.from([0x61, 0xe9, 0x0a]))
  writeFileSync(join(trial.workspace, "latin"), Buffer.from([0x61, 0xea, 0x0a]))
  const [reviewed] = (await trial.review()).changes
  if (reviewed === undefined) throw new Error("no change")
  const { before, after } = loadContents({ workspace: trial.workspace, source: trial.source, change: reviewed.change })
  expect(before).not.toEqual(after)
})
