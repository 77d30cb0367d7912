// Files that `new` writes are ones that a launch can read.

import { expect, test } from "bun:test"
import { newAgentText, newBottleText, parseAgent, parseBottle } from "@bot-bottle/manifest"

const PROVIDERS = ["claude", "codex", "pi"]

test.each([
  ["a bottle with everything said", newBottleText({ provider: "codex" }), "template: codex"],
  ["a change of another bottle", newBottleText({ extends: "dev" }), "extends: dev"],
] as const)("newBottleText: %s parses", (_, text, line) => {
  const result = parseBottle(text, { name: "web", file: "web.md", providers: PROVIDERS })
  expect([result.outcome, text.includes(line)]).toEqual(["parsed", true])
})

test("newAgentText: names its bottle", () => {
  const result = parseAgent(newAgentText("web"), {
    name: "reviewer",
    file: "reviewer.md",
    origin: "operator",
    providers: PROVIDERS,
  })
  expect(result).toMatchObject({ outcome: "parsed" })
  expect(newAgentText("web")).toContain("\nbottle: web\n")
})
