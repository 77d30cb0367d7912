import { expect, test } from "bun:test"
import { homedir } from "node:os"
import { asOperatorProblem, formatProblem, quoted, shownPath } from "./problem.ts"

test("formatProblem: file with ~, line, message", () => {
  const problem = { file: `${homedir()}/.bot-bottle/settings.yml`, line: 4, message: "unknown key 'budgt'" }
  expect(formatProblem(problem)).toBe("~/.bot-bottle/settings.yml:4: unknown key 'budgt'")
})

test("asOperatorProblem: one problem keeps its hint, several stand in one message", () => {
  const one = asOperatorProblem([{ file: "/a.md", line: 1, message: "is bad", hint: "fix it" }])
  expect([one.message, one.hint, one.exitCode]).toEqual(["/a.md:1: is bad", "fix it", 1])
  const two = asOperatorProblem([
    { file: "/a.md", line: 1, message: "is bad", hint: "fix it" },
    { file: "/a.md", message: "is worse" },
  ])
  expect(two.message).toBe("2 problems in the manifests\n  /a.md:1: is bad (fix it)\n  /a.md: is worse")
})

test.each([
  ["a\nb", "'a\\nb'"],
  ["\u001b[2J", "'\\u{1b}[2J'"],
  ["a\u202eb", "'a\\u{202e}b'"],
  ["x".repeat(300), `'${"x".repeat(77)}...'`],
])("quoted: %j is safe on a terminal", (text, shown) => {
  expect(quoted(text)).toBe(shown)
})

test("shownPath: a folder that merely starts like the home folder keeps its name", () => {
  expect(shownPath(`${homedir()}-other/x`)).toBe(`${homedir()}-other/x`)
})
