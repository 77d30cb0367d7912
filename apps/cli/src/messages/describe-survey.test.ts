import { expect, test } from "bun:test"
import { describeMissingTools, formatHiddenCount } from "./describe-survey.ts"

// biome-ignore format: a table
test.each([
  [0, true,  "0 entries that may hold secrets are hidden"],
  [1, true,  "1 entry that may hold secrets is hidden"],
  [3, true,  "3 entries that may hold secrets are hidden"],
  [3, false, "at least 3 entries that may hold secrets are hidden"],
  [0, false, "files that may hold secrets are hidden"],
] as const)("%d hidden, counted to the end: %p", (count, isWhole, text) => {
  expect(formatHiddenCount({ count, isWhole })).toBe(text)
})

test("each missing tool is named with the operator's own", () => {
  expect(
    describeMissingTools([
      { name: "go", path: "/home/ada/go/bin/go" },
      { name: "uv", path: "/home/ada/.local/bin/uv" },
    ]),
  ).toBe("not in a bottle: go (/home/ada/go/bin/go), uv (/home/ada/.local/bin/uv)")
})
