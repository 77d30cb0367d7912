import { expect, test } from "bun:test"
import {
  chmodSync,
  chownSync,
  existsSync,
  linkSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs"
import { join } from "node:path"
import { waitFor } from "@bot-bottle/testkit"
import { DRAFT_PREFIX } from "../names/protected-names.ts"
import { described, fill, listing, openTrial, startSwapping } from "../testing/workspace-trial.ts"
import type { Change } from "./changes.ts"
import type { ReviewedChange } from "./review.ts"

test("the original folder becomes what the workspace is, and a second apply has nothing to do", async () => {
  using trial = await openTrial({ edited: "one", "gone/deep/file": "g", moved: "long enough", tool: "t", kept: "k" })
  const { source, workspace } = trial
  fill(workspace, { edited: "two", "new/deep/file*": "n", "tool*": "t" })
  rmSync(join(workspace, "gone"), { recursive: true })
  renameSync(join(workspace, "moved"), join(workspace, "new/place"))
  symlinkSync("deep/file", join(workspace, "new/link"))
  expect(await trial.apply()).toEqual({})
  expect(listing(source)).toEqual(listing(workspace))
  expect(described(await trial.review())).toEqual([])
})

test("a file that becomes a folder, and a folder that becomes a file", async () => {
  using trial = await openTrial({ file: "f", "folder/one": "1", "folder/two": "2", "mixed/one": "1" })
  const { source, workspace } = trial
  for (const name of ["file", "folder", "mixed"]) rmSync(join(workspace, name), { recursive: true })
  fill(workspace, { "file/inside": "i", folder: "a file now", mixed: "a file now" })
  // The operator has something of their own there: it stays, and so does the folder.
  fill(source, { "mixed/own": "mine" })
  expect(await trial.apply()).toEqual({ mixed: "something else stands in its place" })
  expect(listing(source)).toEqual({
    file: "folder",
    "file/inside": "i",
    folder: "a file now",
    mixed: "folder",
    "mixed/own": "mine",
  })
})

test("INV-153: a file that the operator saves while the agent's is written beside it is not replaced", async () => {
  using trial = await openTrial({ file: "one" })
  const { source, workspace } = trial
  fill(workspace, { file: "two" })
  const review = await trial.review()
  const [{ change }] = review.changes as [ReviewedChange & { change: Extract<Change, { status: "modified" }> }]
  const { after } = change
  // Read before each look at the original: here the draft stands by then, and the operator saves.
  Object.defineProperty(change, "after", {
    get() {
      if (readdirSync(source).some((name) => name.startsWith(DRAFT_PREFIX))) fill(source, { file: "mine" })
      return after
    },
  })
  expect(await trial.apply({ review })).toEqual({ file: "it has been changed in the original folder" })
  expect(listing(source)).toEqual({ file: "mine" })
})

test("modes: of the agent's only whether a file may be executed; the rest is the operator's", async () => {
  using trial = await openTrial({ private: "p", "script*": "s" })
  const { source, workspace } = trial
  chmodSync(join(source, "private"), 0o600)
  fill(workspace, { "private*": "q", script: "s2", open: "o" })
  chmodSync(join(workspace, "open"), 0o666)
  expect(await trial.apply({ review: await trial.review() })).toEqual({})
  const modeOf = (name: string) => (statSync(join(source, name)).mode & 0o7777).toString(8)
  expect([modeOf("script"), modeOf("open")]).toEqual(["644", (0o666 & ~process.umask()).toString(8)])
  expect(modeOf("private")).toBe("700")
})

test("INV-153: a folder of the original that is a link now is not written through", async () => {
  using trial = await openTrial({ "sub/file": "old", "sub/other": "o" })
  const { source, workspace, outside } = trial
  fill(workspace, { "sub/file": "new", "sub/more": "new" })
  rmSync(join(workspace, "sub/other"))
  const review = await trial.review()
  rmSync(join(source, "sub"), { recursive: true })
  symlinkSync(outside, join(source, "sub"))
  fill(outside, { other: "o" })
  expect(await trial.apply({ review })).toEqual({
    "sub/file": "sub is a link in the original folder now",
    "sub/more": "sub is a link in the original folder now",
  })
  expect(listing(outside)).toEqual({ other: "o" })
  // The control: by name it can be written.
  writeFileSync(join(source, "sub/control"), "")
  expect(existsSync(join(outside, "control"))).toBe(true)
})

test("INV-153: a link, a FIFO or a folder in a file's place is left alone and never opened", async () => {
  using trial = await openTrial({ link: "l", fifo: "f", folder: "d", new: "x" })
  const { source, workspace, outside } = trial
  fill(workspace, { link: "L", fifo: "F", folder: "D", "added-link": "A" })
  const review = await trial.review()
  writeFileSync(join(outside, "victim"), "untouched")
  for (const name of ["link", "fifo", "folder"]) rmSync(join(source, name))
  symlinkSync(join(outside, "victim"), join(source, "link"))
  symlinkSync(join(outside, "made"), join(source, "added-link"))
  Bun.spawnSync(["mkfifo", join(source, "fifo")])
  mkdirSync(join(source, "folder"))
  expect(await trial.apply({ review })).toEqual({
    "added-link": "the original folder has one of its own now",
    fifo: "it is a FIFO in the original folder now",
    folder: "it is a folder in the original folder now",
    link: "it has been changed in the original folder",
  })
  expect(listing(outside)).toEqual({ victim: "untouched" })
})

test("INV-153: a hard link in the original is replaced, not written through", async () => {
  using trial = await openTrial({ file: "old" })
  const { source, workspace, outside } = trial
  linkSync(join(source, "file"), join(outside, "same"))
  fill(workspace, { file: "new" })
  expect(await trial.apply()).toEqual({})
  expect([readFileSync(join(source, "file"), "utf8"), readFileSync(join(outside, "same"), "utf8")]).toEqual([
    "new",
    "old",
  ])
})

test("INV-153: what has changed since the review does not come", async () => {
  using trial = await openTrial({ a: "a", b: "b", c: "c" })
  const { source, workspace, outside } = trial
  fill(workspace, { a: "reviewed", b: "reviewed", c: "reviewed", d: "reviewed" })
  const review = await trial.review()
  fill(workspace, { a: "something else" })
  rmSync(join(workspace, "b"))
  symlinkSync("/etc/passwd", join(workspace, "b"))
  rmSync(join(workspace, "d"))
  Bun.spawnSync(["mkfifo", join(workspace, "d")])
  fill(source, { c: "operator" })
  expect(await trial.apply({ review })).toEqual({
    a: "it has changed since it was reviewed",
    b: "it is gone from the workspace",
    c: "it has been changed in the original folder",
    d: "it is gone from the workspace",
  })
  expect(listing(source)).toEqual({ a: "a", b: "b", c: "operator" })
  expect(listing(outside)).toEqual({})
})

test("INV-153: folders of both sides that turn into links all the while lead nowhere else", async () => {
  using trial = await openTrial({ "sub/file": "old" })
  const { source, workspace, outside } = trial
  fill(workspace, { "sub/file": "new", "sub/more": "new" })
  writeFileSync(join(outside, "file"), "PLANTED")
  await using _source = await startSwapping(source, outside)
  await using _workspace = await startSwapping(workspace, outside)
  // The control: who asks by name is led outside now and then.
  await waitFor("a name that leads outside", () => isLedOutside(join(source, "sub/file")))
  for (let round = 0; round < 60; round += 1) {
    await trial.apply({ includeHeld: true })
    expect(listing(outside)).toEqual({ file: "PLANTED" })
  }
})

test("an apply that was interrupted is finished by the next, and its draft is gone", async () => {
  using trial = await openTrial({ a: "a", "sub/b": "b" })
  const { source, workspace } = trial
  fill(workspace, { a: "A", "sub/b": "B", "sub/c": "C" })
  // As a killed one leaves it: one file there, another half written, the record as it was.
  fill(source, { a: "A", "sub/.bot-bottle-apply-trial-aaaaa": "half" })
  expect(described(await trial.review())).toEqual([
    "modified a: there-already",
    "modified sub/b: clean",
    "added sub/c: clean",
  ])
  expect(await trial.apply()).toEqual({})
  expect(listing(source)).toEqual(listing(workspace))
  expect(described(await trial.review())).toEqual([])
})

test("later work of the agent and of the operator is told from what was applied", async () => {
  using trial = await openTrial({ a: "a", b: "b" })
  const { source, workspace } = trial
  fill(workspace, { a: "first", b: "first" })
  await trial.apply()
  fill(workspace, { a: "second" })
  fill(source, { b: "operator" })
  expect(described(await trial.review())).toEqual(["modified a: clean"])
  fill(workspace, { b: "second" })
  expect(described(await trial.review())).toEqual([
    "modified a: clean",
    "modified b: it has been changed in the original folder",
  ])
})

test("held changes come only when they are asked for", async () => {
  using trial = await openTrial({ "README.md": "r" })
  fill(trial.workspace, { ".envrc": "e", "README.md": "R" })
  await trial.apply()
  expect(listing(trial.source)).toEqual({ "README.md": "R" })
  await trial.apply({ includeHeld: true })
  expect(listing(trial.source)).toEqual({ ".envrc": "e", "README.md": "R" })
})

test.skipIf(process.getuid?.() !== 0)(
  "root's apply leaves the folder's owner the owner (skipped unless root)",
  async () => {
    using trial = await openTrial({ theirs: "t", "sub/file": "f" })
    const { source, workspace } = trial
    for (const path of [source, join(source, "theirs"), join(source, "sub")]) chownSync(path, 4321, 4322)
    fill(workspace, { theirs: "T", "sub/file": "F", "sub/new/file": "n" })
    symlinkSync("file", join(workspace, "sub/link"))
    await trial.apply()
    const ownerOf = (path: string) => {
      const { uid, gid } = lstatSync(join(source, path))
      return `${uid}:${gid}`
    }
    expect(["theirs", "sub/file", "sub/new", "sub/new/file", "sub/link"].map(ownerOf)).toEqual([
      "4321:4322",
      "0:0",
      "4321:4322",
      "4321:4322",
      "4321:4322",
    ])
  },
)

function isLedOutside(path: string): boolean {
  try {
    return readFileSync(path, "utf8") === "PLANTED"
  } catch {
    return false // between two of its names
  }
}
