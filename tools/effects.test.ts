// A key that is read over is worse than an error: each has a reader outside of the code that parses
// it. By name: a field counts as read when product code elsewhere names it. The flags of the command
// line have the same test in apps/cli.

import { expect, test } from "bun:test"
import { loadSources, withoutComments } from "./sources.ts"

const product = (await loadSources("apps", "libs")).filter(({ forTests }) => !forTests)
const manifest = product.find(({ path }) => path === "libs/manifest/src/manifest.ts")
/** For messages and errors, which need no reader of their own. */
const OF_THE_PARSER = ["file", "line", "message", "hint", "origins", "origin", "at"]

test("every field of a manifest and of the settings is read outside of libs/manifest", () => {
  const fields = [...(manifest?.text ?? "").matchAll(/^ {2}readonly (\w+)\??:/gm)].map(([, name = ""]) => name)
  const wanted = [...new Set(fields)].filter((name) => !OF_THE_PARSER.includes(name))
  expect(wanted.length).toBeGreaterThan(60)
  const readers = product.filter(({ path }) => !path.startsWith("libs/manifest/"))
  expect(wanted.filter((name) => !isNamed(name, readers))).toEqual([])
})

test("a name that nobody reads is found", () => {
  expect(isNamed("noSuchFieldAnywhere", product)).toBe(false)
})

function isNamed(name: string, sources: typeof product): boolean {
  const pattern = new RegExp(`\\b${name}\\b`)
  return sources.some(({ text }) => pattern.test(withoutComments(text)))
}
