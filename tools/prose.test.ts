// Plain English, counted. The numbers below may only fall: lower them with every clean-up.
//
// To see every finding of a folder: bun tools/prose-files.ts libs/ledger

import { expect, test } from "bun:test"
import { statSync } from "node:fs"
import { resolve } from "node:path"
import { breaches, type Finding, findProse, isLong, RULES } from "./prose.ts"
import { loadProse } from "./prose-files.ts"
import { ROOT } from "./sources.ts"

/** Sentences that break a rule: in the product and its documents, and in tests. */
const MAX_IN_PRODUCT = 0
const MAX_IN_TESTS = 0
/** Sentences of more than `MAX_WORDS` words, everywhere: two shell scripts, and a list of numbers. */
const MAX_LONG = 3
/** A number that is this much too high hides as many new breaches. */
const SLACK = 20

const sentences = await loadProse(["apps", "libs", "tools", "bench", "tests", "docs", "."])
const findings = sentences.flatMap(breaches)
const isTest = ({ path }: { readonly path: string }) => /\.test\.ts$|\/testing\/|^tests\//.test(path)

test.each([
  ["the product and its documents", MAX_IN_PRODUCT, findings.filter((finding) => !isTest(finding))],
  ["tests", MAX_IN_TESTS, findings.filter(isTest)],
  ["long sentences", MAX_LONG, sentences.filter(isLong).map((one) => ({ ...one, rule: "long" }))],
] as const)("%s: at most %p sentences break a rule", (_where, most, found) => {
  if (found.length <= most) expect(most - found.length).toBeLessThan(SLACK)
  else expect(`${found.length} break a rule; newest files first\n${describe(found)}`).toBe(`at most ${most}`)
})

function describe(found: readonly Finding[]): string {
  const changedMs = new Map(found.map(({ path }) => [path, statSync(resolve(ROOT, path)).mtimeMs]))
  return found
    .toSorted((a, b) => (changedMs.get(b.path) ?? 0) - (changedMs.get(a.path) ?? 0))
    .slice(0, 20)
    .map(({ path, line, rule, text }) => `${path}:${line} [${rule}] ${text}`)
    .join("\n")
}

// biome-ignore format: a table
test.each([
  // sentence                                              rules broken
  ["What an agent writes is kept.",                        ["opening"]],
  ["What does it cost?",                                   []],
  ["Whoever started it is told.",                          ["opening"]],
  ["One that reads slowly misses output.",                 ["opening"]],
  ["One line each.",                                       []],
  ["The launcher closes the socket.",                      []],
  ["--window 'year' is no window",                         ["is no X"]],
  ["It is no longer set.",                                 []],
  ["There is no route to it.",                             []],
  ["The run goes on.",                                     ["banned word"]],
  ["Its colour is red.",                                   ["banned word"]],
  ["Every wall holds.",                                    ["banned word"]],
  ["The proxy hears of it.",                               ["banned word"]],
  ["Its usage is booked.",                                 ["banned word"]],
  ["It takes 3 s of wall time.",                           []],
  ["Use an account that is none.",                         ["is none"]],
  ["Undefined when there is none.",                        []],
] as const)("the rules tell right from wrong: %s", (text, rules) => {
  expect(breaches({ path: "a.ts", line: 1, text }).map(({ rule }) => rule)).toEqual([...rules])
})

test("prose is found in comments, messages and documents, and nowhere else", () => {
  const code = [
    "// What it is.",
    "// A second line goes on here. Who is it?",
    "//",
    "//   INV-1  One that is refused.",
    'const url = "http://x" // not on a line of its own',
    "const message = `run 'x' is no run of X`",
    'const key = "What"',
    "/** Whose it is. */",
  ].join("\n")
  expect(
    findProse("a.ts", code)
      .flatMap(breaches)
      .map(({ line, rule }) => [line, rule]),
  ).toEqual([
    [1, "opening"],
    [1, "banned word"],
    [4, "opening"],
    [6, "is no X"],
    [8, "opening"],
  ])
  const document =
    "# What it is\n\n# How it goes on\n\nA line.\n- What a list says.\n\n| a | Who reads |\n\n```\n# What code says\n```\n"
  expect(
    findProse("a.md", document)
      .flatMap(breaches)
      .map(({ line, rule }) => [line, rule]),
  ).toEqual([
    [3, "banned word"],
    [6, "opening"],
    [8, "opening"],
  ])
})

test("every rule says what to write instead", () => {
  expect(RULES.every(({ instead }) => instead !== "")).toBe(true)
})
