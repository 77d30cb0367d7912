import { expect, test } from "bun:test"
import { parseBottle } from "../bottle.ts"
import { type BottleShelf, resolveLineage } from "./lineage.ts"

// biome-ignore format: a table
test.each([
  // who extends whom                                  named        folded                 ancestors, nearest first
  [{ a: [] },                                          ["a"],       ["a"],                 []],
  [{ a: ["b"], b: ["c"], c: [] },                      ["a"],       ["c", "b", "a"],       ["b", "c"]],
  [{ a: ["b", "c"], b: [], c: [] },                    ["a"],       ["b", "c", "a"],       ["c", "b"]],
  [{ a: ["b", "c"], b: ["d"], c: ["d"], d: [] },       ["a"],       ["d", "b", "c", "a"],  ["c", "b", "d"]],
  [{ a: ["b", "c"], b: [], c: ["d"], d: [] },          ["a"],       ["b", "d", "c", "a"],  ["c", "b", "d"]],
  [{ a: ["b", "b"], b: [] },                           ["a"],       ["b", "a"],            ["b"]],
  [{ a: ["c"], b: ["c"], c: [] },                      ["a", "b"],  ["c", "a", "b"],       ["c"]],
  [{ a: ["b"], b: [] },                                ["a", "b"],  ["b", "a"],            []],
  [{ a: [], b: [] },                                   ["b", "a", "b"], ["b", "a"],        []],
  [{ a: ["x"], x: [], b: ["y"], y: [] },               ["a", "b"],  ["x", "a", "y", "b"],  ["y", "x"]],
] as const)("resolveLineage: %j, named %j", (family, named, folded, ancestors) => {
  const result = resolveLineage(named, shelf(family))
  if (result.outcome === "broken") throw new Error("broken")
  expect(result.lineage.layers.map(({ name }) => name)).toEqual([...folded])
  expect(result.lineage.ancestors).toEqual([...ancestors])
})

// biome-ignore format: a table
test.each([
  [{ a: ["a"] },                          "a.md", "bottle 'a' extends itself"],
  [{ a: ["b"], b: ["c"], c: ["b"] },      "c.md", "bottles extend each other in a circle: b -> c -> b"],
  [{ a: ["b"], b: ["a"] },                "b.md", "bottles extend each other in a circle: a -> b -> a"],
  [{ a: ["bsae"], base: [] },             "a.md", "bottle 'a' extends 'bsae', which does not exist; did you mean 'base'?"],
  [{ a: ["other"], base: [] },            "a.md", "bottle 'a' extends 'other', which does not exist"],
] as const)("resolveLineage: %j is refused, with the line of the 'extends'", (family, file, message) => {
  expect(resolveLineage(["a"], shelf(family))).toMatchObject({ outcome: "broken", problems: [{ file, line: 2, message }] })
})

test("resolveLineage: a missing parent's hint lists what exists", () => {
  const result = resolveLineage(["a"], shelf({ a: ["x"], base: [], dev: [] }))
  expect(result.outcome === "broken" && result.problems[0]?.hint).toBe("bottles that exist: a, base, dev")
})

test("resolveLineage: forty diamonds on top of each other are read once each", () => {
  const family = Object.fromEntries(
    Array.from({ length: 40 }, (_, level) => [
      [`a${level}`, level === 0 ? [] : [`b${level}`, `c${level}`]],
      [`b${level}`, [`a${level - 1}`]],
      [`c${level}`, [`a${level - 1}`]],
    ]).flat(),
  )
  const result = resolveLineage(["a39"], shelf(family))
  expect(result.outcome === "resolved" && result.lineage.layers.length).toBe(118)
})

test("resolveLineage: a broken parent gives its own problems, and a broken stranger gives none", () => {
  const family = shelf({ a: ["b"], c: [] })
  const withBroken: BottleShelf = {
    names: [...family.names, "b"],
    find: (name) => (name === "b" ? parseBottle("---\nenvv: {}\n---\n", source("b")) : family.find(name)),
  }
  expect(resolveLineage(["a"], withBroken)).toMatchObject({ outcome: "broken", problems: [{ file: "b.md", line: 2 }] })
  expect(resolveLineage(["c"], withBroken).outcome).toBe("resolved")
})

function shelf(family: Readonly<Record<string, readonly string[]>>): BottleShelf {
  return {
    names: Object.keys(family).sort(),
    find(name) {
      const parents = family[name]
      return parents && parseBottle(`---\nextends: [${parents.join(", ")}]\n---\n`, source(name))
    },
  }
}

function source(name: string) {
  return { name, file: `${name}.md`, providers: ["claude"] }
}
