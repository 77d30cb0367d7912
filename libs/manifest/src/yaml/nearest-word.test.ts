import { expect, test } from "bun:test"
import { findNearestWord, suggestWord } from "./nearest-word.ts"

const KEYS = ["budget", "budget_window", "shutdown", "gate", "pids"]

// biome-ignore format: a table
test.each([
  // typed             meant
  ["budgt",            "budget"],
  ["Budget",           "budget"],
  ["budget-window",    "budget_window"],
  ["bugdet",           "budget"],
  ["shutdwon",         "shutdown"],
  ["gates",            "gate"],
  ["pid",              "pids"],
  ["xyz",              undefined],
  ["",                 undefined],
  ["a".repeat(5000),   undefined],
] as const)("findNearestWord: %j is meant as %p", (typed, meant) => {
  expect(findNearestWord(typed, KEYS)).toBe(meant)
})

test("suggestWord: the nearest, else all of them, else nothing", () => {
  expect([suggestWord("gat", KEYS), suggestWord("zzz", ["a", "b"]), suggestWord("zzz", [])]).toEqual([
    "; did you mean 'gate'?",
    "; valid here: a, b",
    "",
  ])
})
