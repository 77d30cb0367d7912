import { expect, test } from "bun:test"
import { matchRun } from "./match-run.ts"

const RUNS = [
  { slug: "fix-login-c3333", label: "fix login", status: "running" },
  { slug: "fix-login-b2222", label: "fix login", status: "ended" },
  { slug: "docs-a1111", label: "docs", status: "ended" },
  { slug: "docs-a0000", label: "docs", status: "frozen" },
  { slug: "tidy-x9999", label: "tidy", status: "killed" },
] as const

// biome-ignore format: a table
test.each([
  // typed               meaning
  ["docs-a1111",         "docs-a1111"],
  ["docs-a1",            "docs-a1111"],
  ["tidy",               "tidy-x9999"],
  ["t",                  "tidy-x9999"],
  ["fix login",          "fix-login-c3333"],
  ["fix-login",          "fix-login-c3333"],
  ["fix-login-b",        "fix-login-b2222"],
  ["docs",               ["docs-a1111", "docs-a0000"]],
  ["docs-a",             ["docs-a1111", "docs-a0000"]],
  ["@last",              "docs-a1111"],
  ["nobody",             "unknown"],
  ["",                   "unknown"],
  ["ocs",                "unknown"],
] as const)("matchRun: %p means %j", (name, meaning) => {
  const match = matchRun(RUNS, name, { isOfThisFolder: (slug) => slug.startsWith("docs-") })
  const told = match.outcome === "found" ? match.slug : match.outcome === "ambiguous" ? match.slugs : match.outcome
  expect(told as unknown).toEqual(meaning)
})

test("matchRun: @last in a folder without runs is not the newest run of another folder", () => {
  expect(matchRun(RUNS, "@last", { isOfThisFolder: () => false })).toEqual({ outcome: "none-of-this-folder" })
})
