import { expect, test } from "bun:test"
import { readDocument } from "./document.ts"
import { entries, entryValues, fields, fieldValues, flag, listOf, numberBetween, textAs } from "./fields.ts"

const word = textAs("a word", (text) => (/^[a-z]+$/.test(text) ? text : undefined))
const reader = fields<{ on: boolean; inner: object; list: object; named: object }>({
  on: flag,
  inner: fields<{ size: number }>({ size: numberBetween(1, 9, { whole: true }) }),
  list: listOf(fields<{ size: number }>({ size: numberBetween(0, 1, { whole: false }) })),
  named: entries((key) => (key.length > 3 ? "is too long" : undefined), word),
})

// biome-ignore format: a table
test.each([
  // text                          problem
  ["no: true",                     "1: unknown key 'no'; did you mean 'on'?"],
  ["inner: {siez: 1}",             "1: unknown key 'siez' in 'inner'; did you mean 'size'?"],
  ["list:\n - {size: 1}\n - {zz: 1}", "3: unknown key 'zz' in 'list[1]'; valid here: size"],
  ["toString: 1",                  "1: unknown key 'toString'; valid here: on, inner, list, named"],
  ["__proto__: {on: true}",        "1: unknown key '__proto__'; valid here: on, inner, list, named"],
] as const)("INV-23: %j is a problem, not dropped", (text, problem) => {
  expect(problemsOf(text)).toEqual([problem])
})

test("readDocument: one problem anywhere, and there is no value", () => {
  expect(problemsOf("on: true\ninner: {size: 10}\nlist: {}\nnamed: {long: a, a: B}")).toEqual([
    "2: 'inner.size' must be a whole number from 1 to 9, not '10'",
    "3: 'list' must be a list",
    "4: 'named': is too long",
    "4: 'named.a' must be a word, not 'B'",
  ])
})

test("fields, entries: values with their lines, keys as own properties whatever they are called", () => {
  const read = readDocument({ text: "on: true\nnamed:\n  a: x", file: "f.yml", firstLine: 3 }, reader)
  expect(read.outcome === "read" && read.value).toEqual({
    on: { value: true, origin: { file: "f.yml", line: 3 } },
    named: {
      value: { a: { value: "x", origin: { file: "f.yml", line: 5 } } },
      origin: { file: "f.yml", line: 4 },
    },
  })
  const named = readDocument(
    { text: "__proto__: x\nconstructor: y", file: "f.yml", firstLine: 1 },
    entries(() => undefined, word),
  )
  if (named.outcome === "broken") throw new Error("broken")
  expect(Object.entries(entryValues(named.value))).toEqual([
    ["__proto__", "x"],
    ["constructor", "y"],
  ])
  expect(Object.entries(fieldValues(named.value))).toHaveLength(2)
})

function problemsOf(text: string): readonly string[] {
  const read = readDocument({ text, file: "f.yml", firstLine: 1 }, reader)
  return read.outcome === "broken" ? read.problems.map(({ line, message }) => `${line}: ${message}`) : []
}
