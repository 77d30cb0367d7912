// docs/invariants.md, held against the code: a claim has one number, files that own it and say
// so in their header, and a test that names it.

import { expect, test } from "bun:test"
import { join } from "node:path"
import { headerOf, loadSources, ROOT } from "./sources.ts"

const ROW = /^\| INV-(\d+) \| (.+) \| (.+) \|$/gm
const DECLARED = /^\/\/ {2,}INV-(\d+) /gm

const rows = [...(await Bun.file(join(ROOT, "docs/invariants.md")).text()).matchAll(ROW)].map(
  ([, number = "", claim = "", owners = ""]) => ({
    number: Number(number),
    claim,
    owners: [...owners.matchAll(/`([^`]+)`/g)].map(([, path = ""]) => path),
  }),
)
const sources = await loadSources("apps", "libs", "tests", "tools")
const declared = sources
  .filter(({ forTests }) => !forTests)
  .flatMap(({ path, text }) =>
    [...headerOf(text).matchAll(DECLARED)].map(([, number]) => ({ path, number: Number(number) })),
  )
const tested = new Set(
  sources
    // Suites that several tests share are tests, too.
    .filter(({ path, forTests }) => forTests || path.startsWith("tests/"))
    .flatMap(({ text }) => [...text.matchAll(/["'`]INV-(\d+)\b/g)].map(([, number]) => Number(number))),
)

test("the table has rows, in order, each number once", () => {
  const numbers = rows.map((row) => row.number)
  expect(numbers.length).toBeGreaterThan(0)
  expect(numbers).toEqual([...new Set(numbers)].sort((a, b) => a - b))
})

test("every owner in the table says so in its header, and every header is in the table", () => {
  const inTable = rows.flatMap(({ number, owners }) => owners.map((path) => `INV-${number} ${path}`)).sort()
  expect(inTable).toEqual(declared.map(({ number, path }) => `INV-${number} ${path}`).sort())
})

test("every invariant has a test that names it", () => {
  expect(rows.filter(({ number }) => !tested.has(number)).map(({ number, claim }) => `INV-${number} ${claim}`)).toEqual(
    [],
  )
})

test("no test names an invariant that the table does not have", () => {
  expect([...tested].filter((number) => !rows.some((row) => row.number === number))).toEqual([])
})
