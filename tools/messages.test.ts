// Every message that crosses a process has examples: a test names each schema that another workspace parses by. Most
// stand in two tables of libs/contracts, of whole messages and of wrong shapes.

import { expect, test } from "bun:test"
import { loadSources } from "./sources.ts"

const sources = await loadSources("apps", "libs")
const ours = sources.filter(({ path }) => path.startsWith("libs/contracts/src/messages/"))
const examples = sources.filter(({ forTests }) => forTests).map(({ text }) => text)
const parsedElsewhere = sources.filter(({ path, forTests }) => !forTests && !path.startsWith("libs/contracts/"))

const schemas = ours
  .filter(({ forTests }) => !forTests)
  .flatMap(({ text }) => [...text.matchAll(/^export const (\w+Schema)\b/gm)].map(([, name = ""]) => name))
  .filter((name) => parsedElsewhere.some(({ text }) => mentions(text, name)))

test("every schema that another workspace parses by has an example", () => {
  expect(schemas.length).toBeGreaterThan(30)
  const without = schemas.filter((name) => !examples.some((text) => mentions(text, name)))
  expect(without).toEqual([])
})

function mentions(text: string, name: string): boolean {
  return new RegExp(`\\b${name}\\b`).test(text)
}
