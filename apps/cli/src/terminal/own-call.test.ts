import { expect, test } from "bun:test"
import { describeProgram } from "../program/program.ts"
import { nameCall, OWN_COMMANDS, ownCall, wrapCalled } from "./own-call.ts"

const BIN = "node_modules/bot-bottle/apps/cli/bin/bot-bottle"
const asked = (source: string, asked: string) =>
  JSON.stringify({ dependencies: { "bot-bottle": source }, _npx: { packages: [asked] } })

// biome-ignore format: a table
test.each([
  ["on PATH", "bundle", undefined, `/usr/lib/${BIN}`, `/usr/lib/${BIN}`, "", "bot-bottle"],
  ["an installation off PATH", "bundle", undefined, `/my own/${BIN}`, undefined, "", `'/my own/${BIN}'`],
  ["another one on PATH", "bundle", undefined, `/new/${BIN}`, `/old/${BIN}`, "", `/new/${BIN}`],
  ["npx, of the registry", "bundle", "npx", `/h/_npx/ab/${BIN}`, undefined, asked("^0.1.0", "bot-bottle@0.1.0"), "npx bot-bottle@0.1.0"],
  ["npx, of a file", "bundle", "npx", `/h/.npm/_npx/ab/${BIN}`, undefined, asked("file:../../../it/b.tgz", "./b.tgz"), "npx --yes file:/h/it/b.tgz"],
  ["npx, of a file with a blank", "bundle", "npx", `/h/.npm/_npx/ab/${BIN}`, undefined, asked("file:../../../a b.tgz", "./a b.tgz"), "npx --yes 'file:/h/a b.tgz'"],
  ["npx beside another on PATH", "bundle", "npx", `/h/_npx/ab/${BIN}`, `/old/${BIN}`, asked("^0.1.0", "bot-bottle"), "npx bot-bottle"],
  ["npx, of the project", "bundle", "npx", `/project/${BIN}`, undefined, "", "npx bot-bottle"],
  ["npx whose folder is unknown", "bundle", "npx", `/h/_npx/ab/${BIN}`, undefined, "{", "npx bot-bottle"],
  ["bunx, in a clone", "source", "bunx", "/clone/apps/cli/bin/bot-bottle", undefined, "", "bunx bot-bottle"],
  ["a clone's script", "kept", "bot-bottle", "/clone/apps/cli/bin/bot-bottle", undefined, "", "npm run bot-bottle --"],
  ["a clone's script after setup", "kept", "bot-bottle", "/clone/apps/cli/bin/bot-bottle", "/clone/dist/bot-bottle", "", "bot-bottle"],
  ["a clone's launcher", "source", "test", "/clone/apps/cli/bin/bot-bottle", undefined, "", "bot-bottle"],
  ["the binary", "binary", undefined, "/opt/bot-bottle", "/opt/bot-bottle", "", "bot-bottle"],
  ["the binary off PATH", "binary", undefined, "/tmp/bot-bottle", undefined, "", "/tmp/bot-bottle"],
] as const)("%s: form %p, event %p", (_what, form, event, file, found, text, call) => {
  expect(ownCall({ form, event, file, found, read: () => (text === "" ? undefined : text) })).toBe(call)
})

test.each([
  ["to continue: bot-bottle resume x", "to continue: npx bot-bottle resume x"],
  ["see 'bot-bottle list --all'", "see 'npx bot-bottle list --all'"],
  ["bot-bottle freeze x && bot-bottle apply x", "npx bot-bottle freeze x && npx bot-bottle apply x"],
  ["bot-bottle --help", "npx bot-bottle --help"],
  ["bot-bottle why-commit HEAD; bot-bottle why x", "npx bot-bottle why-commit HEAD; npx bot-bottle why x"],
  ["bot-bottle: error: bot-bottle was started without its launcher", undefined],
  ["bot-bottle runs a coding agent; bot-bottle lists them", undefined],
  ["/opt/bot-bottle list", undefined],
] as const)("nameCall: %s", (text: string, called?: string) => {
  expect(nameCall(text, "npx bot-bottle")).toBe(called ?? text)
  expect(nameCall(text, "bot-bottle")).toBe(text)
})

test("a call is shown as it is, whatever a replacement would make of it", () => {
  expect(nameCall("bot-bottle list", "'/a $& b/bot-bottle'")).toBe("'/a $& b/bot-bottle' list")
})

test("a line that no longer fits is broken so that a shell reads one command", () => {
  const line = "bot-bottle: to continue it: bot-bottle resume a-label-of-many-words-ab1cd"
  expect(wrapCalled(line, { width: 60, hang: 2, call: "npx bot-bottle" })).toEqual([
    "bot-bottle: to continue it:",
    "  npx bot-bottle resume a-label-of-many-words-ab1cd",
  ])
})

test("the commands are those of the command line", () => {
  const names = describeProgram().commands.map((command) => command.name())
  expect([...OWN_COMMANDS] as string[]).toEqual(names.toSorted())
})
