import { expect, test } from "bun:test"
import { isManifestName, isVariableName, looksLikeCredential } from "./names.ts"

test.each(["a", "dev", "claude-dev", "a1-", "a".repeat(64)])("isManifestName: %j is one", (name) => {
  expect(isManifestName(name)).toBe(true)
})

// Security case 26.
test.each([
  ...[
    "",
    "Dev",
    "1a",
    "-x",
    "a b",
    "a_b",
    "a.b",
    "a/b",
    "../a",
    "/a",
    "a\0",
    "a\n",
    "\na",
    "a\r",
    "dév",
    "ａ",
    "аgent",
  ],
  ...["a".repeat(65), "a".repeat(300), "con:", "a\u202e", "a\u200b"],
])("isManifestName: %j is not a name", (name) => {
  expect(isManifestName(name)).toBe(false)
})

test.each([
  ["GITHUB_TOKEN", true],
  ["_x1", true],
  ["1X", false],
  ["A-B", false],
  ["A\n", false],
  ["A=B", false],
  ["", false],
] as const)("isVariableName: %j is %p", (name, expected) => {
  expect(isVariableName(name)).toBe(expected)
})

test.each([
  ["ghp_0123456789abcdef", true],
  ["sk-ant-0123", true],
  ["AKIAIOSFODNN7EXAMPLE", true],
  ["GITHUB_TOKEN", false],
  ["SK_KEY", false],
] as const)("looksLikeCredential: %j is %p", (text, expected) => {
  expect(looksLikeCredential(text)).toBe(expected)
})
