import { expect, test } from "bun:test"
import { OperatorProblem } from "@bot-bottle/contracts"
import { findProvider } from "@bot-bottle/providers"
import { loadCredential, loadNamedSecret } from "./find-credential.ts"

const claude = findProvider("claude")!
const OAUTH = "sk-ant-oat01-x"
const API = "sk-ant-api03-x"

// biome-ignore format: a table
test.each([
  // host variables                                              token_ref      variable                   header
  [{ CLAUDE_CODE_OAUTH_TOKEN: OAUTH, ANTHROPIC_API_KEY: API },   undefined,     "CLAUDE_CODE_OAUTH_TOKEN", "authorization"],
  [{ ANTHROPIC_API_KEY: API },                                   undefined,     "ANTHROPIC_API_KEY",       "x-api-key"],
  [{ MINE: OAUTH, ANTHROPIC_API_KEY: API },                      "MINE",        "MINE",                    "authorization"],
  [{ MINE: API, CLAUDE_CODE_OAUTH_TOKEN: OAUTH },                "MINE",        "MINE",                    "x-api-key"],
  [{ MINE: "of no known shape" },                                "MINE",        "MINE",                    "x-api-key"],
  [{ ANTHROPIC_API_KEY: OAUTH },                                 "ANTHROPIC_API_KEY", "ANTHROPIC_API_KEY", "x-api-key"],
] as const)("loadCredential: of %j with token_ref %p takes %s as %s", (host, tokenRef, name, header) => {
  const found = loadCredential(claude, tokenRef, finder(host))
  expect([found.name, found.injection.header, found.secret.reveal()]).toEqual([name, header, finder(host)(name)!])
})

// biome-ignore format: a table
test.each([
  [{},                             undefined, "no credential for provider 'claude': looked for CLAUDE_CODE_OAUTH_TOKEN (Claude OAuth token), then ANTHROPIC_API_KEY (Anthropic API key)"],
  [{ ANTHROPIC_API_KEY: API },     "MINE",    "no credential for provider 'claude': looked for MINE (token_ref)"],
  [{ MINE: "a\nb" },               "MINE",    "host variable 'MINE' holds a line break or another character no credential has"],
] as const)("INV-42: of %j with token_ref %p nothing is taken: %s", (host, tokenRef, message) => {
  expect(() => loadCredential(claude, tokenRef, finder(host))).toThrow(new OperatorProblem(message))
})

test("loadNamedSecret: an unset token_ref names the route that asks for it", () => {
  expect(() => loadNamedSecret("GITHUB_TOKEN", "bottle dev", () => undefined)).toThrow(
    new OperatorProblem("bottle dev: token_ref 'GITHUB_TOKEN' is not set on the host"),
  )
})

function finder(host: Readonly<Record<string, string>>) {
  return (name: string) => host[name]
}
