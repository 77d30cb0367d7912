import { expect, test } from "bun:test"
import { COLORS, composeSlug, isSlug, numberedLabel, parseColor, parseLabel } from "./slug.ts"

test.each([
  // label                              slug
  ["implementer", "implementer-abc12"],
  ["Fix the Build!", "fix-the-build-abc12"],
  ["  Grüße / Élan ", "gruße-elan-abc12".replace("ß", "-")],
  ["../../etc/passwd", "etc-passwd-abc12"],
  ["-x", "x-abc12"],
  ["日本語", "run-abc12"],
  ["a\nb\0c", "a-b-c-abc12"],
  ["x".repeat(300), `${"x".repeat(32)}-abc12`],
  [`${"y".repeat(31)} z`, `${"y".repeat(31)}-abc12`],
] as const)("%j becomes %s", (label, slug) => {
  expect(composeSlug(label, "abc12")).toBe(slug)
  expect(isSlug(slug)).toBe(true)
})

test.each(["abc1", "abc123", "ABC12", "ab/12", ""])("composeSlug refuses the suffix %j", (suffix) => {
  expect(() => composeSlug("a", suffix)).toThrow(RangeError)
})

test.each([
  "",
  "abc12",
  "../x-abc12",
  "A-abc12",
  "a-abc12\n",
  "a--b-abc12",
  "-a-abc12",
  "a/b-abc12",
  `${"x".repeat(40)}-abc12`,
])("%j is not a slug", (text) => {
  expect(isSlug(text)).toBe(false)
})

test.each([
  // label                  outcome
  ["a run", { outcome: "label", label: "a run" }],
  ["é".repeat(32), { outcome: "label", label: "é".repeat(32) }],
  ["", { outcome: "problem", reason: "empty" }],
  [" \t", { outcome: "problem", reason: "empty" }],
  ["é".repeat(33), { outcome: "problem", reason: "too-long" }],
  ["a\nb", { outcome: "problem", reason: "control-characters" }],
  ["a\x1b[2Jb", { outcome: "problem", reason: "control-characters" }],
  ["a\u202eb", { outcome: "problem", reason: "control-characters" }],
] as const)("label %j: %p", (text, expected) => {
  expect(parseLabel(text)).toEqual(expected)
})

test("the colors are the 16 ANSI names and nothing else", () => {
  expect(COLORS).toHaveLength(16)
  expect(["red", "bright-cyan", "Red", "orange", ""].map(parseColor)).toEqual([
    "red",
    "bright-cyan",
    undefined,
    undefined,
    undefined,
  ])
})

test("a numbered label stays within 64 bytes and never splits a character", () => {
  expect(numberedLabel("a", 2)).toBe("a-2")
  expect(numberedLabel("é".repeat(32), 12)).toBe(`${"é".repeat(30)}-12`)
})
