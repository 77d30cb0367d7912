import { expect, test } from "bun:test"
import { parseYaml } from "./yaml-text.ts"

test("parseYaml: every node has its line in the file, and scalars their text as written", () => {
  expect(parseYaml("a: 1.10\nb:\n  - 'x'\n  - {c: ~}\n", "f.md", 5)).toEqual({
    outcome: "parsed",
    mapping: {
      kind: "mapping",
      line: 5,
      entries: [
        { key: "a", line: 5, value: { kind: "scalar", value: 1.1, text: "1.10", line: 5 } },
        {
          key: "b",
          line: 6,
          value: {
            kind: "list",
            line: 7,
            items: [
              { kind: "scalar", value: "x", text: "x", line: 7 },
              {
                kind: "mapping",
                line: 8,
                entries: [{ key: "c", line: 8, value: { kind: "scalar", value: null, text: "~", line: 8 } }],
              },
            ],
          },
        },
      ],
    },
  })
})

test.each(["", "# only a comment\n", "{}", "\uFEFF"])("parseYaml: %j is an empty mapping", (text) => {
  expect(parseYaml(text, "f.yml")).toEqual({ outcome: "parsed", mapping: { kind: "mapping", entries: [], line: 1 } })
})

// biome-ignore format: a table
test.each([
  // text                                   line  message
  ["a: &x 1\nb: *x\n",                      1,    "YAML anchors (&) are not accepted"],
  ["a: 1\nb: *nope\n",                      2,    "YAML aliases (*) are not accepted"],
  ["a: !!binary aGk=\n",                    1,    "YAML tags (!) are not accepted"],
  ["a: !custom x\n",                        1,    "YAML tags (!) are not accepted"],
  ["!!map\na: 1\n",                         2,    "YAML tags (!) are not accepted"],
  ["%YAML 1.1\n---\na: yes\n",              1,    "YAML directives (%) are not accepted"],
  ["%TAG !e! tag:e,2:\n---\na: 1\n",        1,    "YAML directives (%) are not accepted"],
  ["a: 1\n---\nb: 2\n",                     2,    "a second YAML document begins here"],
  ["a: 1\n...\nb: 2\n",                     3,    "a second YAML document begins here"],
  ["a: 1\nb: 2\na: 3\n",                    3,    "duplicate key 'a'; already set on line 1"],
  ["a: {b: 1, 'b': 2}\n",                   1,    "duplicate key 'b'; already set on line 1"],
  ["log: [1\nb: 2\n",                       1,    "a '[' that is not closed"],
  ["a: 1\nb: {x: '[', # {\n  y: [1]\nc: 3\n", 2,    "a '{' that is not closed"],
  ["a:\n   b: 1\n  c: 2\n",                3,    "the indentation does not fit the lines above"],
  ["a:\n\tb: 1\n",                          2,    "a tab is used to indent"],
  ["a: b: c\n",                             1,    "a second ': ' on one line"],
  ["a: @x\n",                               1,    "a value starts with a character that YAML reserves"],
  ["? [a]\n: 1\n",                          1,    "a key must be a plain word"],
  [": 1\n",                                 1,    "a key must be a plain word"],
  ["- a\n",                                 1,    "is not a list of 'key: value' lines"],
  ["just words\n",                          1,    "is not a list of 'key: value' lines"],
] as const)("INV-23: %j yields no tree", (text, line, message) => {
  const result = parseYaml(text, "f.yml")
  expect(result.outcome === "broken" ? result.problems[0] : result).toMatchObject({ file: "f.yml", line, message })
})

test("INV-23: an alias bomb is refused at once, unexpanded", () => {
  const levels = Array.from({ length: 30 }, (_, level) => `l${level + 1}: &l${level + 1} [${`*l${level}, `.repeat(9)}]`)
  const result = parseYaml(`l0: &l0 [x]\n${levels.join("\n")}\n`, "f.yml")
  expect(result.outcome === "broken" && result.problems.length).toBe(30)
})

test.each([
  ["nested flow lists", `a: ${"[".repeat(30_000)}`],
  ["closed flow lists", `a: ${"[".repeat(14)}${"]".repeat(14)}`],
  ["nested explicit keys", "? ".repeat(20_000)],
  ["more than 64 KiB", `a: ${"x".repeat(70_000)}`],
])("parseYaml: %s are refused without a throw", (_what, text) => {
  expect(parseYaml(text, "f.yml").outcome).toBe("broken")
})

test.each([
  'env: {KEY: "sk-live-123\n',
  "env:\n  KEY: sk-live-123: x\n",
  "env:\n  KEY: @sk-live-123\n",
  "env:\n  KEY: *sk-live-123\n",
  "env:\n  KEY: !sk-live-123 x\n",
  "env:\n  KEY: 'a' sk-live-123\n",
  "env: [sk-live-123}\n",
  "sk-live-123",
  'env: "\\sk-live-123"',
])("INV-41: a syntax problem does not quote the text (%j)", (text) => {
  const result = parseYaml(text, "f.yml")
  expect(result.outcome).toBe("broken")
  expect(JSON.stringify(result)).not.toContain("sk-live")
})
