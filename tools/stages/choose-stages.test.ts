import { expect, test } from "bun:test"
import { chooseStages } from "./choose-stages.ts"

const KNOWN = [{ name: "types" }, { name: "unit", folders: ["libs", "apps"] }, { name: "e2e", folders: ["tests/e2e"] }]

// biome-ignore format: a table
test.each([
  [[],                                     [["types", []], ["unit", []], ["e2e", []]]],
  [["unit"],                               [["unit", []]]],
  [["e2e", "types"],                       [["types", []], ["e2e", []]]],
  [["unit", "libs/ledger"],                [["unit", ["libs/ledger"]]]],
  [["unit", "./libs/ledger/", "apps/cli"], [["unit", ["libs/ledger", "apps/cli"]]]],
  [["unit", "libs", "e2e", "tests/e2e/cli"], [["unit", ["libs"]], ["e2e", ["tests/e2e/cli"]]]],
] as const)("%j runs %j", (words, expected) => {
  const choice = chooseStages(words, KNOWN, () => true)
  expect(choice.outcome === "chosen" && choice.stages.map(({ stage, paths }) => [stage.name, paths])).toEqual(
    expected as never,
  )
})

// biome-ignore format: a table
test.each([
  [["libs/ledger"],          'there is no stage "libs/ledger"'],
  [["unti"],                 'there is no stage "unti"'],
  [["unit", "libs/missing"], 'there is no stage "libs/missing", and no such path'],
  [["unit", "tests/e2e"],    'stage "unit" has no tests in tests/e2e'],
  [["unit", "libsother"],    'stage "unit" has no tests in libsother'],
  [["types", "libs/ledger"], 'stage "types" has no tests in libs/ledger'],
] as const)("%j is refused: %s", (words, message) => {
  const choice = chooseStages(words, KNOWN, (path) => path !== "libs/missing" && path !== "unti")
  expect(choice.outcome === "problem" && choice.message).toBe(message)
})
