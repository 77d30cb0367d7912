import { expect, test } from "bun:test"
import { findCircles, loadedWith, runtimeImports } from "./import-graph.ts"
import { loadSources, type Source } from "./sources.ts"
import { STAYS_LIGHT } from "./weights.ts"

test("no two files import each other, not even for types and not by way of others", async () => {
  expect(findCircles(await loadSources("apps", "libs", "bench", "tests", "tools"))).toEqual([])
})

test("a circle would be seen: direct, by way of others, and of types", () => {
  const files = ["a", "b", "c", "d", "e", "f"].map((name) => `libs/x/src/${name}.ts`)
  const [a, b, c, d, e] = files
  expect(
    findCircles([
      source(a!, 'import { b } from "./b.ts"'),
      source(b!, 'import type { C } from "./c.ts"'),
      source(c!, 'export { a } from "./a.ts"'),
      source(d!, 'const e = await import("./e.ts")'),
      source(e!, 'import { d } from "./d.ts"\nimport { a } from "./a.ts"'),
      source(files[5]!, 'import { a } from "./a.ts"'),
    ]),
  ).toEqual([
    [a!, b!, c!],
    [d!, e!],
  ])
})

test.each(STAYS_LIGHT)("$entry is loaded without what it does not need: $why", async ({ entry, without }) => {
  const loaded = await loadedWith(entry)
  expect(loaded.filter((path) => without.some((heavy) => path.startsWith(heavy)))).toEqual([])
})

test("what an entry loads is followed through front doors", async () => {
  const loaded = await loadedWith("apps/proxy/src/main.ts")
  expect(loaded.some((path) => path.startsWith("libs/model-apis/src/"))).toBe(true)
  expect(loaded.some((path) => path === "eventsource-parser")).toBe(true)
})

// biome-ignore format: a table
test.each([
  ['import { a } from "./a.ts"',               ["./a.ts"]],
  ['import "./a.ts"',                          ["./a.ts"]],
  ['export { a } from "./a.ts"',               ["./a.ts"]],
  ['import a, { type B } from "./a.ts"',       ["./a.ts"]],
  ['import { type A, b } from "./a.ts"',       ["./a.ts"]],
  ['import {\n  type A,\n  b,\n} from "./a.ts"', ["./a.ts"]],
  ['import { type A } from "./a.ts"',          []],
  ['import type { A } from "./a.ts"',          []],
  ['export type { A } from "./a.ts"',          []],
  ['const a = await import("./a.ts")',         []],
  ['// import { a } from "./a.ts"',            []],
] as const)("%j loads %j", (text, loads) => {
  expect(runtimeImports(text)).toEqual([...loads])
})

function source(path: string, text: string): Source {
  return { path, text, forTests: false }
}
