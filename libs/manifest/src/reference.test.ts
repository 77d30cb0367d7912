// Every key that the parsers take, held against its places: a table of docs/manifests.md, a file of
// fixtures/manifests, and for a bottle its effect. The parsers themselves name the keys: given a wrong
// one, they name the right ones.

import { expect, test } from "bun:test"
import { readdirSync } from "node:fs"
import { join } from "node:path"
import { FIXTURES_FOLDER, loadFixture } from "@bot-bottle/testkit"
import { parseAgent } from "./agent.ts"
import { parseBottle } from "./bottle.ts"
import { composeBottles } from "./fold/compose-bottles.ts"
import type { ManifestProblem } from "./manifest.ts"
import { parseSettings } from "./settings.ts"

const PROVIDERS = ["claude", "codex", "pi"]
/** Near to no key there is, so that all of them are offered. */
const WRONG = "zzzzzzzz"

type Read = (yaml: string) => readonly ManifestProblem[]

const settings: Read = (yaml) => problemsOf(parseSettings(yaml, { file: "f", providers: PROVIDERS }))
const agent: Read = (yaml) =>
  problemsOf(parseAgent(`---\n${yaml}\n---\n`, { name: "a", file: "f", origin: "operator", providers: PROVIDERS }))
const bottle: Read = (yaml) =>
  problemsOf(parseBottle(`---\n${yaml}\n---\n`, { name: "b", file: "f", providers: PROVIDERS }))

const documented = tablesOf(await Bun.file(join(FIXTURES_FOLDER, "../docs/manifests.md")).text())

test.each([
  ["Agents", agent],
  ["Bottles", bottle],
  ["settings.yml", settings],
] as const)("docs/manifests.md: %s: every mapping and every key of it, and no other", (title, read) => {
  const found = discover(read)
  expect(found.get("")?.length).toBeGreaterThan(5)
  expect(documented.get(title)).toEqual(found)
})

test("a key that is left out, and one that does not exist, are found", () => {
  const text =
    "## Bottles\n\n| key | |\n|---|---|\n| `budget`, `old_key` | x |\n\n### `limits`\n\n| key | |\n|---|---|\n| `pids` | x |\n"
  expect(tablesOf(text).get("Bottles")).toEqual(
    new Map([
      ["", ["budget", "old_key"]],
      ["limits", ["pids"]],
    ]),
  )
})

test.each([
  ["agents", "manifest", agent],
  ["bottles", "manifest", bottle],
  ["settings", "settings.yml", settings],
] as const)(
  "fixtures/manifests/%s: every key stands in a file that is as it should be",
  async (folder, section, read) => {
    const files = readdirSync(join(FIXTURES_FOLDER, "manifests", folder))
    const fixtures = await Promise.all(files.map((file) => loadFixture(`manifests/${folder}/${file}`)))
    const text = fixtures
      .filter((fixture) => !Array.isArray(fixture.expected()))
      .map((fixture) => fixture.section(section))
      .join("\n")
    const missing = [...discover(read)].flatMap(([path, keys]) =>
      keys.filter((key) => !new RegExp(`[\\s{,]${key}:`).test(`\n${text}`)).map((key) => `${path}: ${key}`),
    )
    expect(missing).toEqual([])
  },
)

test("every key at the top of a bottle changes the composed bottle, and stands among the values of 'info'", async () => {
  const fixture = await loadFixture("manifests/bottles/every-key.txt")
  const [, yaml = ""] = fixture.section("manifest").split("---\n")
  const entries = yaml.split(/^(?=\w)/m)
  const keys = entries.map((entry) => entry.slice(0, entry.indexOf(":")))
  expect(keys.toSorted()).toEqual([...(discover(bottle).get("") ?? [])])
  const whole = composed(entries)
  const shown = whole.values.map(({ key }) => key.split(/[.[]/)[0])
  expect(keys.filter((key) => !shown.includes(key))).toEqual(["extends"])
  for (const [index, key] of keys.entries()) {
    // 'ask' without 'supervise' is refused, so the fixture's other words have to be there.
    const others = key === "supervise" ? entries.with(index, "supervise: false\n") : entries.toSpliced(index, 1)
    expect({ key, without: composed(others).bottle }).not.toEqual({ key, without: whole.bottle })
  }
})

/** Of bottle `b`, with its lines as they are in the file but for the origins. */
function composed(entries: readonly string[]) {
  const layers = [
    ["base", ""],
    ["tools", ""],
    ["b", entries.join("")],
  ].map(([name = "", yaml]) => {
    const parsed = parseBottle(`---\n${yaml}---\n`, { name, file: "f", providers: PROVIDERS })
    if (parsed.outcome === "broken") throw new Error(parsed.problems[0]?.message)
    return [name, parsed] as const
  })
  const result = composeBottles(["b"], {
    names: layers.map(([name]) => name),
    find: (name) => new Map(layers).get(name),
  })
  if (result.outcome === "broken") throw new Error(result.problems[0]?.message)
  const { origins: _, routes, ...bottle } = result.bottle
  return { bottle: { ...bottle, routes: routes.map(({ at: __, ...route }) => route) }, values: result.values }
}

/** Keys by the path of their mapping, sorted. */
function discover(read: Read): ReadonlyMap<string, readonly string[]> {
  const found = new Map<string, readonly string[]>()
  const explore = (path: string, wrap: (yaml: string) => string, depth: number): void => {
    const keys = keysAt(read(wrap(`{ ${WRONG}: 1 }`)), path)
    if (keys === undefined) return
    found.set(path, keys)
    if (depth === MAX_DEPTH) return
    for (const key of keys) {
      const inside = path === "" ? key : `${path}.${key}`
      const within = (yaml: string) => wrap(`{ ${key}: ${yaml} }`)
      explore(inside, within, depth + 1)
      explore(`${inside}[]`, (yaml) => within(`[ ${yaml} ]`), depth + 1)
      // A mapping whose keys are names of the operator's.
      explore(`${inside}.<name>`, (yaml) => within(`{ claude: ${yaml} }`), depth + 1)
    }
  }
  explore("", (yaml) => yaml, 0)
  return new Map([...found].sort(([a], [b]) => (a < b ? -1 : 1)))
}

const MAX_DEPTH = 6

/** The keys offered instead of the wrong one, when it was refused at this path. */
function keysAt(problems: readonly ManifestProblem[], path: string): readonly string[] | undefined {
  const where = path === "" ? "" : ` in '${path.replaceAll("[]", "[0]").replace("<name>", "claude")}'`
  const start = `unknown key '${WRONG}'${where}; valid here: `
  const told = problems.map(({ message }) => message).find((message) => message.startsWith(start))
  return told?.slice(start.length).split(", ").sort()
}

/** By the `##` title: the keys in the first column of the tables under it and under its `###` titles, which are paths. */
function tablesOf(text: string): ReadonlyMap<string, ReadonlyMap<string, readonly string[]>> {
  const parts = text.split(/^## /m).slice(1)
  return new Map(
    parts.map((part) => {
      const [title = "", ...rest] = part.split("\n")
      const sections = rest.join("\n").split(/^### /m)
      const tables = sections.flatMap((section, index) => {
        const path = index === 0 ? "" : (/^`(.+)`/.exec(section)?.[1] ?? "")
        const keys = [...section.matchAll(/^\| (`[^|]+`) +\|/gm)].flatMap(([, cell = ""]) =>
          [...cell.matchAll(/`([a-z_]+)`/g)].map(([, key = ""]) => key),
        )
        return keys.length === 0 ? [] : [[path, keys.sort()] as const]
      })
      return [title.trim(), new Map([...tables].sort(([a], [b]) => (a < b ? -1 : 1)))] as const
    }),
  )
}

function problemsOf(
  result: { readonly outcome: string } & ({ readonly problems: readonly ManifestProblem[] } | object),
): readonly ManifestProblem[] {
  return "problems" in result ? result.problems : []
}
