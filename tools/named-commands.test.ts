// Every command of ours that a document, a comment or a message names with flags is one that the command
// line has. Texts outlive the flags that they name.

import { expect, test } from "bun:test"
import { join } from "node:path"
import { describeProgram } from "bot-bottle/src/program/program.ts"
import { Glob } from "bun"
import { ROOT } from "./sources.ts"

const FILES = ["*.md", "docs/**/*.md", "{apps,libs,tests,tools}/**/*.ts"].flatMap((glob) =>
  [...new Glob(glob).scanSync(ROOT)].filter((path) => !path.includes("node_modules/")),
)
/** They hand all that they get to an agent. */
const PASSES_ON: ReadonlySet<string> = new Set(["claude", "codex", "pi"])
/** It tests wrong flags, or quotes them here. */
const LEFT_OUT = /^(?:tests\/e2e\/(?:cli\/bad-input|newcomer\/hints)|tools\/named-commands|apps\/cli\/src\/program\/)/

type Command = ReturnType<typeof describeProgram>

const program = describeProgram()

test("every flag that a text names beside its command is a flag of that command", async () => {
  const named = await Promise.all(
    FILES.filter((path) => !LEFT_OUT.test(path)).map(async (path) => {
      const text = await Bun.file(join(ROOT, path)).text()
      return commandsIn(text).map((line) => ({ path, line, unknown: unknownFlags(line) }))
    }),
  )
  expect(named.flat().length).toBeGreaterThan(100)
  const wrong = named.flat().filter(({ unknown }) => unknown.length > 0)
  expect(wrong.map(({ path, line, unknown }) => `${path}: ${line}: ${unknown.join(" ")}`)).toEqual([])
})

// biome-ignore format: a table
test.each([
  // text                                        flags that do not exist
  ["as `apply --json` shows it",                 ["--json"]],
  ["'bot-bottle list --all --jsn' shows it",     ["--jsn"]],
  ["`budget set host claude 5M --windows day`",  ["--windows"]],
  ["`list --all --json`",                        []],
  ["`start impl -- --any-flag`",                 []],
  ["`claude --print x`",                         []],
  ["`git log --oneline`",                        []],
] as const)("a flag that no command has is found: %s", (text, flags) => {
  expect(commandsIn(text).flatMap(unknownFlags)).toEqual([...flags])
})

/** From a command's name to the end of its quotes, when flags are named. */
function commandsIn(text: string): readonly string[] {
  const names = program.commands.map((command) => command.name()).join("|")
  const pattern = new RegExp(
    `(?<=[\`'"]|^ *\\$ *)(?:bot-bottle )?((?:${names}) [^\`'"\\n$;:,]*?--[a-z][^\`'"\\n$;:,]*)`,
    "gm",
  )
  return [...text.matchAll(pattern)].map(([, line = ""]) => line)
}

function unknownFlags(line: string): readonly string[] {
  const words = (line.split(/ --(?: |$)/)[0] ?? "").split(/[\s=….)\]]+/)
  if (PASSES_ON.has(words[0] ?? "")) return []
  const known = flagsOf(addressed(program, words))
  return words.filter((word) => /^--[a-z]/.test(word) && !known.has(word))
}

function flagsOf(command: Command): ReadonlySet<string> {
  return new Set(["--help", ...command.options.flatMap(({ long }) => (long == null ? [] : [long]))])
}

/** The command that the words name, as deep as they name one. */
function addressed(command: Command, [name, ...rest]: readonly string[]): Command {
  const sub = command.commands.find((one) => one.name() === name || one.aliases().includes(name ?? ""))
  return sub === undefined ? command : addressed(sub, rest)
}
