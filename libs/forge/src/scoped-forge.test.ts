import { expect, test } from "bun:test"
import { ForgeScopeError } from "./forge-error.ts"
import { createGitea } from "./gitea/gitea.ts"
import { ScopedForge } from "./scoped-forge.ts"
import { giteaOptions } from "./testing/gitea-options.ts"
import { openStandInGitea } from "./testing/index.ts"

test("INV-200: a write outside the scope never reaches the forge; the same write inside it does", async () => {
  await using gitea = openStandInGitea()
  const issue = gitea.world.addIssue({})
  const other = gitea.world.addIssue({ body: "theirs" })
  const scoped = new ScopedForge(createGitea(giteaOptions(gitea)), scope(issue.number, [42, 17]))
  const sent = () => gitea.calls.filter(({ method }) => method !== "GET").length

  const message = `write to #${other.number} denied: out of assigned scope (writable: 1, 17, 42)`
  await expect(scoped.postComment(other.number, "hello")).rejects.toEqual(new ForgeScopeError(message))
  await expect(scoped.updateDescription(other.number, "mine")).rejects.toEqual(new ForgeScopeError(message))
  expect([sent(), other.body, other.comments]).toEqual([0, "theirs", []])

  await scoped.postComment(issue.number, "hello")
  await scoped.updateDescription(issue.number, "mine")
  expect([sent(), issue.body, issue.comments.map(({ body }) => body)]).toEqual([2, "mine", ["hello"]])
})

test("ScopedForge reads any number", async () => {
  await using gitea = openStandInGitea()
  const issue = gitea.world.addIssue({ title: "elsewhere" })
  gitea.world.addComment(issue.number, "alice", "hi")
  const scoped = new ScopedForge(createGitea(giteaOptions(gitea)), scope(500, []))
  expect((await scoped.readIssue(issue.number)).title).toBe("elsewhere")
  expect((await scoped.readComments(issue.number)).map(({ body }) => body)).toEqual(["hi"])
})

test.each([
  // head                             reaches the forge
  ["bot-bottle/fixer-abc12/green", true],
  ["bot-bottle/fixer-abc12", false],
  ["bot-bottle/fixer-abc123/green", false],
  ["bot-bottle/other-xyz99/green", false],
  ["main", false],
  ["", false],
  ["mallory:bot-bottle/fixer-abc12/x", false],
  ["bot-bottle/fixer-abc12/x:y", false],
] as const)("INV-200: a pull request from %s reaches the forge: %p", async (head, passes) => {
  await using gitea = openStandInGitea()
  gitea.world.branches.add(head)
  const scoped = new ScopedForge(createGitea(giteaOptions(gitea)), scope(1, []))
  const opened = scoped.openPullRequest({ title: "t", body: "b", head, base: "main" })
  if (passes) expect((await opened).head).toBe(head)
  else await expect(opened).rejects.toBeInstanceOf(ForgeScopeError)
  expect(gitea.calls.length).toBe(passes ? 1 : 0)
})

test("INV-200: the writable set cannot be changed from outside", () => {
  const assignedPrs = [42]
  const scoped = new ScopedForge(
    createGitea(giteaOptions({ api: "http://127.0.0.1:1/api/v1", token: "t" })),
    scope(17, assignedPrs),
  )
  assignedPrs.push(500)
  expect(() => (scoped.writable as number[]).push(500)).toThrow()
  expect(scoped.writable).toEqual([17, 42])
})

function scope(assignedIssue: number, assignedPrs: readonly number[]) {
  return { assignedIssue, assignedPrs, branchPrefix: "bot-bottle/fixer-abc12/" }
}
