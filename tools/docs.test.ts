// Every path that a document or a comment names exists. Texts rot first where they name files.

import { expect, test } from "bun:test"
import { existsSync } from "node:fs"
import { basename, dirname, join } from "node:path"
import { Glob } from "bun"
import { loadSources, ROOT } from "./sources.ts"

const DOCUMENTS = ["*.md", "docs/**/*.md", "bench/*.md", "fixtures/*.md"]
  .flatMap((glob) => [...new Glob(glob).scanSync(ROOT)])
  .sort()
const TOP_FOLDERS = /^(?:apps|libs|tests|tools|bench|docs|fixtures|migrations|\.ci)(?:\/|$)/

test("the documents are found", () => {
  expect(DOCUMENTS).toContain("docs/architecture.md")
  expect(DOCUMENTS).toContain("CONTRIBUTING.md")
})

test.each(DOCUMENTS)("every path named in %s exists", async (document) => {
  const text = await Bun.file(join(ROOT, document)).text()
  expect(missingPaths(text, document)).toEqual([])
})

test("every path named in a comment exists", async () => {
  const sources = await loadSources("apps", "libs", "tests", "tools", "bench")
  const named = sources.flatMap(({ path, text }) => pathsInComments(text).map((name) => ({ path, name })))
  expect(named.length).toBeGreaterThan(40)
  expect(named.filter(({ name }) => !exists(name)).map(({ path, name }) => `${path}: ${name}`)).toEqual([])
})

test("a path is found in a comment, and in no code", () => {
  const text =
    'const file = "libs/a.ts"\n// See libs/b/c.ts, `tests/*.test.ts` and docs/d.md.\n/** Its test: tools/e.test.ts */\n'
  expect(pathsInComments(text)).toEqual(["libs/b/c.ts", "docs/d.md", "tools/e.test.ts"])
})

test("a path that does not exist is found, in code and in links", () => {
  const text =
    "See `libs/ledger`, `libs/ledgers`, `migrations/*.sql`, `tools/*.js`, `libs/<name>/src`, [a](invariants.md), [b](nothing.md#x), [c](https://a.test/x.md)"
  expect(missingPaths(text, "docs/architecture.md")).toEqual(["libs/ledgers", "tools/*.js", "nothing.md"])
})

test("each decision has a number of its own, and its title begins with it", async () => {
  const files = [...new Glob("docs/decisions/*.md").scanSync(ROOT)].sort()
  const numbers = files.map((file) => basename(file).slice(0, 4))
  expect(numbers).toEqual([...new Set(numbers)])
  for (const [index, file] of files.entries()) {
    expect(await Bun.file(join(ROOT, file)).text()).toStartWith(`# ${numbers[index]} `)
  }
})

function missingPaths(text: string, document: string): readonly string[] {
  const named = [...text.matchAll(/`([^`\s]+)`/g)]
    .map(([, path = ""]) => path)
    .filter((path) => TOP_FOLDERS.test(path) && !path.includes("<"))
  const linked = [...text.matchAll(/\]\(([^)\s]+)\)/g)]
    .map(([, link = ""]) => link.replace(/#.*$/, ""))
    .filter((link) => link !== "" && !/^\w+:/.test(link))
  return [...named.filter((path) => !exists(path)), ...linked.filter((link) => !exists(join(dirname(document), link)))]
}

function pathsInComments(text: string): readonly string[] {
  const comments = text.split("\n").filter((line) => /^\s*(?:\/\/|\/?\*)/.test(line))
  return comments.flatMap(
    (line) => line.match(/\b(?:apps|libs|tests|tools|bench|docs|migrations)\/[\w./-]+\.\w+/g) ?? [],
  )
}

function exists(path: string): boolean {
  if (!path.includes("*")) return existsSync(join(ROOT, path))
  return [...new Glob(path).scanSync({ cwd: ROOT, onlyFiles: false })].length > 0
}
