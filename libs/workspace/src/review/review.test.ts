import { expect, test } from "bun:test"
import { mkdirSync, renameSync, rmSync, symlinkSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { textOf } from "@bot-bottle/kernel"
import { described, fill, openTrial } from "../testing/workspace-trial.ts"

test("each kind of change is told apart; an equal file is not a change", async () => {
  using trial = await openTrial({ same: "s", edited: "one", gone: "g", moved: "long enough", mode: "m", link: "l" })
  const { workspace } = trial
  fill(workspace, { edited: "two", "new/file": "n", "mode*": "m", same: "s" })
  rmSync(join(workspace, "gone"))
  rmSync(join(workspace, "link"))
  symlinkSync("same", join(workspace, "link"))
  renameSync(join(workspace, "moved"), join(workspace, "new/place"))
  expect(described(await trial.review())).toEqual([
    "modified edited: clean",
    "deleted gone: clean",
    "retyped link: clean",
    "modified mode: clean",
    "added new/file: clean",
    "renamed moved => new/place: clean",
  ])
})

test("a file with its old times and size and other bytes is a change: an agent can set both back", async () => {
  using trial = await openTrial({ file: "aaaa" })
  Bun.spawnSync(["touch", "-r", join(trial.workspace, "file"), join(trial.outside, "times")])
  writeFileSync(join(trial.workspace, "file"), "bbbb")
  Bun.spawnSync(["touch", "-r", join(trial.outside, "times"), join(trial.workspace, "file")])
  expect(described(await trial.review())).toEqual(["modified file: clean"])
})

test("the operator's own work meanwhile is a conflict, named; the same work twice is none", async () => {
  using trial = await openTrial({ a: "a", b: "b", c: "c", d: "d", e: "e", f: "f" })
  const { source, workspace } = trial
  fill(workspace, { a: "agent", b: "both", c: "agent", new: "agent", "in/deep": "agent", e: "agent", f: "f agent" })
  rmSync(join(workspace, "d"))
  fill(source, { a: "operator", b: "both", d: "operator", new: "operator", in: "a file" })
  rmSync(join(source, "c"))
  rmSync(join(source, "e"))
  Bun.spawnSync(["mkfifo", join(source, "e")])
  expect(described(await trial.review())).toEqual([
    "modified a: it has been changed in the original folder",
    "modified b: there-already",
    "modified c: it has been deleted in the original folder",
    "deleted d: it has been changed in the original folder",
    "modified e: it is a FIFO in the original folder now",
    "modified f: clean",
    "added in/deep: in is a file in the original folder now",
    "added new: the original folder has one of its own now",
  ])
})

test("what cannot be looked at is named, and is not taken for deleted", async () => {
  using trial = await openTrial({ kept: "k", "folder/inside": "i" })
  const { workspace } = trial
  rmSync(join(workspace, "kept"))
  Bun.spawnSync(["mkfifo", join(workspace, "kept")])
  rmSync(join(workspace, "folder"), { recursive: true })
  Bun.spawnSync(["mkfifo", join(workspace, "folder")])
  const review = await trial.review()
  expect({ changes: review.changes, unseen: review.unseen.map(({ path, why }) => `${textOf(path)}: ${why}`) }).toEqual({
    changes: [],
    unseen: ["folder: it is a FIFO", "kept: it is a FIFO"],
  })
})

test("folders nested without end are named, and the rest is compared", async () => {
  using trial = await openTrial({ a: "a" })
  fill(trial.workspace, { a: "b" })
  let path = trial.workspace
  for (let depth = 0; depth < 300; depth += 1) path += "/d"
  mkdirSync(path, { recursive: true })
  const review = await trial.review()
  expect([described(review), review.unseen.length]).toEqual([["modified a: clean"], 1])
})

test("INV-151: what makes the host run something is held back, wherever it lies and however it is written", async () => {
  using trial = await openTrial({ "pkg/.envrc": "old", "tool.sh": "t" })
  const { workspace } = trial
  fill(workspace, {
    ".claude/settings.json": "{}",
    ".mcp.json": "{}",
    "pkg/.envrc": "evil",
    "a/b/.VSCode/tasks.json": "{}",
    "all.code-workspace": "{}",
    "bare/HEAD": "ref: refs/heads/main",
    "bare/config": "[core]\n\tfsmonitor = evil",
    "bare/objects/x": "",
    "bare/refs/x": "",
    "plain.md": "fine",
  })
  symlinkSync("../.claude", join(workspace, "a/alias"))
  symlinkSync("/etc/passwd", join(workspace, "absolute"))
  symlinkSync("a/../../out", join(workspace, "out"))
  symlinkSync("pkg/../plain.md", join(workspace, "fine"))
  renameSync(join(workspace, "tool.sh"), join(workspace, ".exrc"))
  const held = (await trial.review()).changes
    .filter((one) => one.held !== undefined)
    .map(({ change }) => textOf(change.path))
  expect(held).toEqual([
    ".claude/settings.json",
    ".exrc",
    ".mcp.json",
    "a/alias",
    "a/b/.VSCode/tasks.json",
    "absolute",
    "all.code-workspace",
    "bare/HEAD",
    "bare/config",
    "bare/objects/x",
    "bare/refs/x",
    "out",
    "pkg/.envrc",
  ])
})

test("Git's own files are never compared, nested or in capitals", async () => {
  using trial = await openTrial({ ".git/config": "[core]" })
  fill(trial.workspace, { ".git/config": "evil", "sub/.git/config": "evil", "sub2/.GIT/config": "evil" })
  expect(described(await trial.review())).toEqual([])
})

test("what the project's rules leave out is counted apart; what was there, or is tracked, is not", async () => {
  using trial = await openTrial({ ".gitignore": "built/\n*.log\n", "kept.log": "old", ":(top)x": "" })
  fill(trial.workspace, { "built/out": "x", "new.log": "x", "kept.log": "edited", ":(glob)new": "n", "src/n": "n" })
  const review = await trial.review()
  expect([described(review), review.ignored.map(textOf)]).toEqual([
    ["added :(glob)new: clean", "modified kept.log: clean", "added src/n: clean"],
    ["built/out", "new.log"],
  ])
})
