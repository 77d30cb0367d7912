import { expect, test } from "bun:test"
import { decideTargeting, type Targeting } from "./targeting.ts"

// biome-ignore format: a table
const CASES: readonly (readonly [labels: readonly string[], member: boolean, expected: Targeting])[] = [
  [["bot-bottle:fixer"], true, { outcome: "targeted", agent: "fixer" }],
  [["bug", "bot-bottle:fixer", "bot-bottle-bottle:dev"], true, { outcome: "targeted", agent: "fixer", bottle: "dev" }],
  [["bot-bottle:fixer"], false, { outcome: "ignored", reason: "no-member-assigned" }],
  [[], true, { outcome: "ignored", reason: "no-agent-label" }],
  [["bot-bottle-bottle:dev"], true, { outcome: "ignored", reason: "no-agent-label" }],
  [["Bot-Bottle:fixer"], true, { outcome: "ignored", reason: "no-agent-label" }],
  [["bot-bottle:a", "bot-bottle:b"], true, { outcome: "refused", reason: "several-agent-labels", labels: ["bot-bottle:a", "bot-bottle:b"] }],
  [["bot-bottle:"], true, { outcome: "refused", reason: "invalid-agent-label", labels: ["bot-bottle:"] }],
  [["bot-bottle:../x"], true, { outcome: "refused", reason: "invalid-agent-label", labels: ["bot-bottle:../x"] }],
  [["bot-bottle: fixer"], true, { outcome: "refused", reason: "invalid-agent-label", labels: ["bot-bottle: fixer"] }],
  [["bot-bottle:fíxer"], true, { outcome: "refused", reason: "invalid-agent-label", labels: ["bot-bottle:fíxer"] }],
  [["bot-bottle:fixer\n"], true, { outcome: "refused", reason: "invalid-agent-label", labels: ["bot-bottle:fixer\n"] }],
  [["bot-bottle:--headless"], true, { outcome: "refused", reason: "invalid-agent-label", labels: ["bot-bottle:--headless"] }],
  [["bot-bottle:a", "bot-bottle-bottle:x", "bot-bottle-bottle:y"], true, { outcome: "refused", reason: "several-bottle-labels", labels: ["bot-bottle-bottle:x", "bot-bottle-bottle:y"] }],
  [["bot-bottle:a", "bot-bottle-bottle:/etc"], true, { outcome: "refused", reason: "invalid-bottle-label", labels: ["bot-bottle-bottle:/etc"] }],
]

test.each(CASES)("labels %j with a member assigned %p", (labels, hasMemberAssigned, expected) => {
  expect(decideTargeting({ state: "open", isPullRequest: false, labels }, { hasMemberAssigned })).toEqual(expected)
})

test.each([
  [{ state: "closed", isPullRequest: false }, "issue-closed"],
  [{ state: "open", isPullRequest: true }, "not-an-issue"],
] as const)("%j is ignored, label or not", (issue, reason) => {
  expect(decideTargeting({ ...issue, labels: ["bot-bottle:fixer"] }, { hasMemberAssigned: true })).toEqual({
    outcome: "ignored",
    reason,
  })
})
