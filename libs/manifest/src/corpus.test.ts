// Every file under fixtures/manifests, against what it says itself that it means. A list in
// its `expect` section is the problems, in order; an object is the value, `undefined` left out.

import { expect, test } from "bun:test"
import { readdirSync } from "node:fs"
import { join } from "node:path"
import { FIXTURES_FOLDER, type Fixture, loadFixture } from "@bot-bottle/testkit"
import { parseAgent } from "./agent.ts"
import { parseBottle } from "./bottle.ts"
import { composeBottles } from "./fold/compose-bottles.ts"
import type { ManifestProblem } from "./manifest.ts"
import { parseSettings } from "./settings.ts"

const PROVIDERS = ["claude", "codex", "pi"]

for (const file of fixturesIn("settings")) {
  test(`parseSettings: ${file}`, async () => {
    const fixture = await loadFixture(file)
    const result = parseSettings(fixture.section("settings.yml"), { file: "settings.yml", providers: PROVIDERS })
    expect<unknown>(result.outcome === "parsed" ? plain(result.settings) : lines(result.problems)).toEqual(
      fixture.expected(),
    )
  })
}

for (const file of fixturesIn("agents")) {
  test(`parseAgent: ${file}`, async () => {
    const fixture = await loadFixture(file)
    const source = { name: "a", file: "a.md", origin: "operator", providers: PROVIDERS } as const
    const result = parseAgent(fixture.section("manifest"), source)
    if (result.outcome === "broken") expect<unknown>(lines(result.problems)).toEqual(fixture.expected())
    else
      expect(plain(result.manifest)).toEqual({ name: "a", file: "a.md", origin: "operator", ...expectedValue(fixture) })
  })
}

for (const file of fixturesIn("bottles")) {
  test(`parseBottle and composeBottles: ${file}`, async () => {
    const fixture = await loadFixture(file)
    const parents = ["base", "tools"].map((name) => [name, parsed(name, "---\n---\n")] as const)
    const shelf = new Map([...parents, ["b", parsed("b", fixture.section("manifest"))]])
    const result = composeBottles(["b"], { names: [...shelf.keys()], find: (name) => shelf.get(name) })
    if (result.outcome === "broken") expect<unknown>(lines(result.problems)).toEqual(fixture.expected())
    else {
      const where = { name: "b", file: "b.md", bottles: ["b"], ancestors: ["tools", "base"] }
      expect<unknown>(plain(result.bottle)).toEqual({ ...where, ...expectedValue(fixture) })
    }
  })
}

function fixturesIn(folder: string): readonly string[] {
  return readdirSync(join(FIXTURES_FOLDER, "manifests", folder)).map((file) => `manifests/${folder}/${file}`)
}

function parsed(name: string, text: string) {
  return parseBottle(text, { name, file: `${name}.md`, providers: PROVIDERS })
}

function lines(problems: readonly ManifestProblem[]): readonly string[] {
  return problems.map(({ line, message }) => `${line}: ${message}`)
}

function expectedValue(fixture: Fixture): object {
  const expected = fixture.expected()
  if (typeof expected !== "object" || expected === null || Array.isArray(expected)) throw new Error("expects problems")
  return expected
}

/** Without the places, which library.test.ts holds. */
function plain(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value, (key, one) => (key === "origins" || key === "at" ? undefined : one)))
}
