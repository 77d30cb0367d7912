// Files that `new` writes are ones that a launch can read.

import { expect, test } from "bun:test"
import { composeBottles, newAgentText, newBottleText, parseAgent, parseBottle } from "@bot-bottle/manifest"

const PROVIDERS = ["claude", "codex", "pi"]

test.each([
  ["a bottle with everything said", newBottleText({ provider: "codex" }), "template: codex"],
  ["a change of another bottle", newBottleText({ extends: "dev" }), "extends: dev"],
] as const)("newBottleText: %s parses", (_, text, line) => {
  const result = parseBottle(text, { name: "web", file: "web.md", providers: PROVIDERS })
  expect([result.outcome, text.includes(line)]).toEqual(["parsed", true])
})

test("newBottleText: a change of another bottle says what that one says, until a line is written", () => {
  const files: Readonly<Record<string, string>> = {
    dev: newBottleText({ provider: "claude" }),
    web: newBottleText({ extends: "dev" }),
  }
  const shelf = {
    names: Object.keys(files),
    find: (name: string) => parseBottle(files[name] ?? "", { name, file: `${name}.md`, providers: PROVIDERS }),
  }
  const valuesOf = (name: string) => {
    const result = composeBottles([name], shelf)
    return result.outcome === "composed" ? result.values : result.problems
  }
  expect(valuesOf("web")).toEqual(valuesOf("dev"))
  expect(JSON.stringify(valuesOf("dev"))).toContain("registry.npmjs.org")
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
