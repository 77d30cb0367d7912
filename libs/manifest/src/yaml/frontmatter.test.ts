import { expect, test } from "bun:test"
import { splitFrontmatter } from "./frontmatter.ts"

// biome-ignore format: a table
test.each([
  // text                                         yaml        body
  ["---\na: 1\n---\n\nHello\n",                   "a: 1",     "Hello"],
  ["\uFEFF---\r\na: 1\r\n---\r\nHello\r\n",       "a: 1",     "Hello"],
  ["---\n---",                                    "",         ""],
  ["--- \na: 1\n---\t\nx\n---\ny",                "a: 1",     "x\n---\ny"],
  ["---\na: ---\n---\n",                          "a: ---",   ""],
] as const)("splitFrontmatter: %j", (text, yaml, body) => {
  expect(splitFrontmatter(text, "a.md")).toEqual({ outcome: "parsed", yaml, firstLine: 2, body })
})

// biome-ignore format: a table
test.each([
  ["",                           "does not start with frontmatter"],
  ["\n---\nbudget: {}\n---\n",   "does not start with frontmatter"],
  ["You are an agent.\n",        "does not start with frontmatter"],
  ["----\na: 1\n----\n",         "does not start with frontmatter"],
  ["---\na: 1\n",                "frontmatter is not closed"],
  ["---\na: 1\n --- \n",         "frontmatter is not closed"],
] as const)("splitFrontmatter: %j is refused, not read as prose", (text, message) => {
  expect(splitFrontmatter(text, "a.md")).toMatchObject({ outcome: "broken", problems: [{ file: "a.md", line: 1, message }] })
})
