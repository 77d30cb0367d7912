import { expect, test } from "bun:test"
import { createGitea } from "@bot-bottle/forge"
import { giteaOptions, openStandInGitea } from "@bot-bottle/forge/testing"
import { lookUpIssue } from "./look-up-issue.ts"

// biome-ignore format: a table
test.each([
  // labels                                      assignees             found
  [["bot-bottle:fixer"],                           ["alice"],            { outcome: "targeted", agent: "fixer", bottle: undefined }],
  [["bot-bottle:fixer"],                           ["mallory", "alice"], { outcome: "targeted", agent: "fixer", bottle: undefined }],
  [["bot-bottle:fixer", "bot-bottle-bottle:dev"],  ["alice"],            { outcome: "targeted", agent: "fixer", bottle: "dev" }],
  [["bot-bottle:fixer"],                           ["mallory"],          { outcome: "ignored", why: "no assignee is a member of the organization" }],
  [["bot-bottle:fixer"],                           [],                   { outcome: "ignored", why: "nobody is assigned" }],
  [["bug"],                                        ["alice"],            { outcome: "ignored", why: "it has no label bot-bottle:<agent>" }],
  [["bot-bottle:nobody"],                          ["alice"],            { outcome: "refused", reason: "unknown-agent" }],
  [["bot-bottle:nobody"],                          ["mallory"],          { outcome: "ignored" }],
  [["bot-bottle:fixer", "bot-bottle-bottle:none"], ["alice"],            { outcome: "refused", reason: "unknown-bottle" }],
  [["bot-bottle:a", "bot-bottle:b"],               ["alice"],            { outcome: "refused", reason: "several-agent-labels" }],
] as const)("labels %j, assigned to %j", async (labels, assignees, found) => {
  await using gitea = openStandInGitea()
  const { number } = gitea.world.addIssue({ labels: [...labels], assignees: [...assignees] })
  expect(await look(gitea, number)).toMatchObject(found)
})

test("a bot that is not in the organization is an error, never 'nobody is a member'", async () => {
  await using gitea = openStandInGitea({ members: ["alice"] })
  const { number } = gitea.world.addIssue({ labels: ["bot-bottle:fixer"], assignees: ["alice"] })
  await expect(look(gitea, number)).rejects.toThrow("not a member of the organization")
})

function look(gitea: ReturnType<typeof openStandInGitea>, number: number) {
  const knows = async (kind: "agent" | "bottle", name: string) =>
    (kind === "agent" ? ["fixer", "a", "b"] : ["dev"]).includes(name)
  return lookUpIssue(number, { forge: createGitea(giteaOptions(gitea)), org: "bot-bottle", knows })
}
