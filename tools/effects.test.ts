// A key or a flag that is read over is worse than an error: each has a reader outside of the code
// that parses it.
//
// By name: a field counts as read when product code elsewhere names it. Combinations in which a flag
// would do nothing are in apps/cli/src/program/flag-rules.ts.

import { expect, test } from "bun:test"
import { describeProgram } from "../apps/cli/src/program/program.ts"
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

test("every flag of the command line is read by a command", () => {
  const readers = product.filter(
    ({ path }) => /^(?:apps\/cli|libs\/control)\//.test(path) && !path.startsWith("apps/cli/src/program/"),
  )
  expect(flagsOf(describeProgram()).length).toBeGreaterThan(60)
  expect(flagsOf(describeProgram()).filter((name) => !isNamed(name, readers))).toEqual([])
})

test("a name that nobody reads is found", () => {
  expect(isNamed("noSuchFieldAnywhere", product)).toBe(false)
})

function isNamed(name: string, sources: typeof product): boolean {
  const pattern = new RegExp(`\\b${name}\\b`)
  return sources.some(({ text }) => pattern.test(withoutComments(text)))
}

function flagsOf(command: ReturnType<typeof describeProgram>): readonly string[] {
  const own = command.options.map((option) => option.attributeName()).filter((name) => name !== "version")
  return [...new Set([...own, ...command.commands.flatMap(flagsOf)])]
}
