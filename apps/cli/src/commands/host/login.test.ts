import { expect, test } from "bun:test"
import { findProvider } from "@bot-bottle/providers"
import { recognise } from "./login.ts"

// biome-ignore format: a table
test.each([
  // provider   pasted                     kept as, or why not
  ["claude",    "sk-ant-oat01-x",          "CLAUDE_CODE_OAUTH_TOKEN"],
  ["claude",    "sk-ant-api03-x",          "ANTHROPIC_API_KEY"],
  ["claude",    "sk-proj-x",               "not a key of provider 'claude'"],
  ["claude",    "hello",                   "this is not a key of provider 'claude'"],
  ["codex",     "sk-proj-x",               "OPENAI_API_KEY"],
  ["codex",     "any-other-shape",         "OPENAI_API_KEY"],
  ["codex",     "sk-ant-api03-x",          "not a key of provider 'codex'"],
  ["claude",    "",                        "no key was given"],
  ["claude",    "export KEY=sk-ant-api03", "a key is one word without blanks"],
] as const)("login %s with %p: %s", (name, secret, expected) => {
  const provider = findProvider(name)!
  expect(outcomeOf(() => recognise(provider, secret).name)).toContain(expected)
})

function outcomeOf(work: () => string): string {
  try {
    return work()
  } catch (error) {
    return String(error)
  }
}
