import { expect, test } from "bun:test"
import { beginChoice, type ChoiceKey, pressKey, viewChoice } from "./ordered-choice.ts"

const CHOICES = [
  { name: "base", ancestry: "" },
  { name: "claude-dev", ancestry: " <- dev" },
  { name: "dev", ancestry: "" },
  { name: "torn", ancestry: "", broken: "does not parse" },
]

test.each([
  // keys                                         chosen
  [["toggle"], ["base"]],
  [["toggle", "toggle"], []],
  [
    ["down", "toggle", "up", "toggle"],
    ["claude-dev", "base"],
  ],
  [
    ["toggle", "down", "toggle", "earlier"],
    ["claude-dev", "base"],
  ],
  [
    ["toggle", "down", "toggle", "later"],
    ["base", "claude-dev"],
  ],
  [["toggle", "later", "earlier"], ["base"]],
  [["down", "down", "down", "toggle"], []],
  [
    ["text:dev", "toggle", "down", "toggle"],
    ["claude-dev", "dev"],
  ],
  [["text:xx", "toggle", "down"], []],
  [["text:xx", "erase", "erase", "toggle"], ["base"]],
] as const)("pressKey: %j chooses %j in that order", (keys, chosen) => {
  expect(keys.reduce((state, key) => pressKey(state, keyOf(key)), beginChoice(CHOICES, [])).chosen).toEqual([...chosen])
})

test("beginChoice: the agent's own bottles come chosen, unknown and broken ones do not", () => {
  expect(beginChoice(CHOICES, ["dev", "gone", "torn"]).chosen).toEqual(["dev"])
})

test("viewChoice: shows filter, order numbers, ancestry and what is broken", () => {
  const keys = ["up", "toggle", "down", "down", "toggle"].map(keyOf)
  expect(viewChoice(keys.reduce(pressKey, beginChoice(CHOICES, ["dev"])))).toEqual([
    "filter: ",
    "      base",
    "  [2] claude-dev <- dev",
    "  [1] dev",
    ">     torn  (does not parse)",
    "order:  dev, then claude-dev",
    "! torn: does not parse",
  ])
})

function keyOf(text: string): ChoiceKey {
  return text.startsWith("text:") ? { kind: "text", text: text.slice(5) } : { kind: text as "up" }
}
