// A flag that nobody reads would do nothing. By name: one counts as read when a command, or control,
// names it. Combinations in which a flag would do nothing are in flag-rules.ts.

import { expect, test } from "bun:test"
import { join } from "node:path"
import { Glob } from "bun"
import type { Command } from "commander"
import { describeProgram } from "./program.ts"

const ROOT = join(import.meta.dir, "../../../..")

test("every flag of the command line is read by a command", async () => {
  const paths = ["apps/cli/src", "libs/control/src"].flatMap((folder) =>
    [...new Glob("**/*.ts").scanSync(join(ROOT, folder))].map((path) => join(folder, path)),
  )
  const readers = paths.filter((path) => !path.endsWith(".test.ts") && !path.startsWith("apps/cli/src/program/"))
  const texts = await Promise.all(readers.map((path) => Bun.file(join(ROOT, path)).text()))
  const isNamed = (name: string) => texts.some((text) => new RegExp(`\\b${name}\\b`).test(text))
  const flags = flagsOf(describeProgram())
  expect(flags.length).toBeGreaterThan(60)
  expect([isNamed("noSuchFlagAnywhere"), flags.filter((name) => !isNamed(name))]).toEqual([false, []])
})

function flagsOf(command: Command): readonly string[] {
  const own = command.options.map((option) => option.attributeName()).filter((name) => name !== "version")
  return [...new Set([...own, ...command.commands.flatMap(flagsOf)])]
}
