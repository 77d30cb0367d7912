import { expect, test } from "bun:test"
import { join } from "node:path"
import { openTempFolder, runProgram } from "@bot-bottle/testkit"
import { findCloneCommit, findOwnCommit } from "./own-commit.ts"

const ENV = {
  GIT_CONFIG_GLOBAL: "/dev/null",
  GIT_AUTHOR_NAME: "a",
  GIT_AUTHOR_EMAIL: "a@example.test",
  GIT_COMMITTER_NAME: "a",
  GIT_COMMITTER_EMAIL: "a@example.test",
}

test.each([
  ["a branch", []],
  ["a packed branch", [["pack-refs", "--all"]]],
  ["a detached HEAD", [["checkout", "--quiet", "--detach"]]],
] as const)("findCloneCommit reads the commit of %s as Git does", async (_what, commands) => {
  await using folder = await openTempFolder()
  await git(folder.path, "init", "--quiet", "--initial-branch=main")
  await git(folder.path, "commit", "--quiet", "--allow-empty", "--message=x")
  for (const command of commands) await git(folder.path, ...command)
  expect(findCloneCommit(folder.path)).toBe(await git(folder.path, "rev-parse", "HEAD"))
})

test("findCloneCommit reads the commit of a worktree", async () => {
  await using folder = await openTempFolder()
  const clone = join(folder.path, "clone")
  await git(folder.path, "init", "--quiet", "clone")
  await git(clone, "commit", "--quiet", "--allow-empty", "--message=x")
  await git(clone, "worktree", "add", "--quiet", "-b", "side/branch", "../worktree")
  expect(findCloneCommit(join(folder.path, "worktree"))).toBe(await git(clone, "rev-parse", "HEAD"))
})

test("without a repository there is no commit", async () => {
  await using folder = await openTempFolder()
  expect(findCloneCommit(folder.path)).toBe("")
  expect(findOwnCommit()).toMatch(/^$|^[0-9a-f]{40}$/)
})

async function git(cwd: string, ...args: readonly string[]): Promise<string> {
  const { exitCode, stdout, stderr } = await runProgram(["git", ...args], { cwd, env: ENV })
  if (exitCode !== 0) throw new Error(stderr)
  return stdout.trim()
}
