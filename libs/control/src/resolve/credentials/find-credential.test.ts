import { expect, test } from "bun:test"
import { join } from "node:path"
import { OperatorProblem, type StoredLogin } from "@bot-bottle/contracts"
import { findProvider } from "@bot-bottle/providers"
import { openTempFolder, readJson } from "@bot-bottle/testkit"
import { type CredentialSearch, listLoginEnds, loadCredential, loadNamedSecret } from "./find-credential.ts"

const claude = findProvider("claude")!
const codex = findProvider("codex")!
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
  const found = loadCredential(claude, named(tokenRef), search(host))
  expect([found.name, found.injection.header, found.secret.reveal()]).toEqual([name, header, finder(host)(name)!])
})

// biome-ignore format: a table
test.each([
  [{},                             undefined, "no credential for provider 'claude': looked for CLAUDE_CODE_OAUTH_TOKEN (Claude OAuth token), then ANTHROPIC_API_KEY (Anthropic API key), then $CLAUDE_CONFIG_DIR/.credentials.json or $HOME/.claude/.credentials.json (Claude login)"],
  [{ ANTHROPIC_API_KEY: API },     "MINE",    "dev.md:7: no credential for provider 'claude': looked for MINE (token_ref)"],
  [{ MINE: "a\nb" },               "MINE",    "host variable 'MINE' holds a line break or another character no credential has"],
] as const)("INV-43: of %j with token_ref %p nothing is taken: %s", (host, tokenRef, message) => {
  expect(() => loadCredential(claude, named(tokenRef), search(host))).toThrow(new OperatorProblem(message))
})

const NOW_MS = Date.parse("2026-03-01T12:00:00Z")
const LOGIN_JSON = login(NOW_MS / 1000 + 3600)

// biome-ignore format: a table
test.each([
  // variables                        in $HOME/.codex    in $CODEX_HOME   found: where, hosts, known to the guest as
  [{ OPENAI_API_KEY: "sk-x" },        LOGIN_JSON,        undefined,       ["OPENAI_API_KEY", ["api.openai.com"], "OPENAI_API_KEY"]],
  [{},                                LOGIN_JSON,        undefined,       ["HOME/.codex/auth.json", ["chatgpt.com"], "codex-login"]],
  [{},                                "{}",              LOGIN_JSON,      ["CODEX_HOME/auth.json", ["chatgpt.com"], "codex-login"]],
] as const)("loadCredential: codex with %j takes its key, then the login that Codex keeps on the host", async (host, home, codexHome, expected) => {
  await using folder = await loginHost(home, codexHome)
  const found = loadCredential(codex, undefined, search({ ...folder.variables, ...host }))
  expect<unknown>([found.name.replace(`${folder.path}/`, ""), found.hosts, found.held.name]).toEqual(expected)
  expect(found.injection.template).toBe("Bearer {secret}")
})

// biome-ignore format: a table
test.each([
  // ends in minutes  warned
  [10,                 1],
  [119,                1],
  [121,                0],
  [7 * 24 * 60,        0],
] as const)("listLoginEnds: of a login that ends in %i minutes, %i entries", async (minutes, lines) => {
  await using folder = await loginHost(login(NOW_MS / 1000 + minutes * 60), undefined)
  const found = loadCredential(codex, undefined, search(folder.variables))
  const key = loadCredential(codex, undefined, search({ OPENAI_API_KEY: "sk-x" }))
  expect(listLoginEnds([found, key], NOW_MS).length).toBe(lines)
})

test.each([
  [login(NOW_MS / 1000 + 60), /^the Codex device login in .*auth.json is no longer valid \(until 2026-03-01T/],
  ["{}", /^the Codex device login in .*auth.json cannot be used: it holds neither a login nor a key$/],
  [
    undefined,
    /^no credential for provider 'codex': looked for OPENAI_API_KEY \(OpenAI API key\), then .*auth.json \(Codex device login\)$/,
  ],
])("INV-43: of the login %p nothing is taken, and the command that fixes it is named", async (home, message) => {
  await using folder = await loginHost(home, undefined)
  const problem = thrownBy(() => loadCredential(codex, undefined, search(folder.variables)))
  expect(problem?.message).toMatch(message)
  expect(problem?.hint).toContain("run 'codex login'")
})

test("a login with a refresh token is found when it has ended, for the launch to renew, and is not warned about", async () => {
  await using folder = await loginHost(withRefreshToken(NOW_MS / 1000 - 60), undefined)
  const found = loadCredential(codex, undefined, search(folder.variables))
  expect([found.login?.isRenewed, found.login?.expiresAtMs, found.login?.account]).toEqual([
    true,
    NOW_MS - 60_000,
    "acc-1",
  ])
  expect(listLoginEnds([found], NOW_MS)).toEqual([])
})

test("a bottle's login is that account and no other: a key, a harness's file, or an error that names the command", async () => {
  await using folder = await loginHost(undefined, LOGIN_JSON)
  const file = join(folder.path, "CODEX_HOME/auth.json")
  const saved = { version: 1, savedAt: "2026-03-01T00:00:00+00:00" } as const
  const stored: StoredLogin[] = [
    { ...saved, provider: "claude", name: "work", variable: "CLAUDE_CODE_OAUTH_TOKEN", secret: OAUTH },
    { ...saved, provider: "codex", name: "work", file },
    { ...saved, provider: "codex", name: "gone", file: join(folder.path, "gone.json") },
  ]
  const take = (provider: typeof claude, name: string) =>
    loadCredential(
      provider,
      { kind: "login", name, at: "dev.md:7" },
      search({ ANTHROPIC_API_KEY: API, OPENAI_API_KEY: "sk-x" }, stored),
    )
  expect([take(claude, "work").secret.reveal(), take(claude, "work").injection.header]).toEqual([
    OAUTH,
    "authorization",
  ])
  expect(take(codex, "work").login?.file).toBe(file)
  expect(thrownBy(() => take(claude, "home"))).toMatchObject({
    message: "dev.md:7: no claude login is called 'home' on this host",
    hint: "bot-bottle login claude --name home",
  })
  expect(thrownBy(() => take(codex, "gone"))?.message).toContain("the codex login 'gone' is not in ")
})

test("loadNamedSecret: an unset token_ref names the route that asks for it", () => {
  expect(() => loadNamedSecret({ name: "GITHUB_TOKEN", at: "dev.md:7" }, () => undefined)).toThrow(
    new OperatorProblem("dev.md:7: token_ref 'GITHUB_TOKEN' is not set on the host"),
  )
})

async function loginHost(home: string | undefined, codexHome: string | undefined) {
  const folder = await openTempFolder()
  if (home !== undefined) await Bun.write(join(folder.path, "HOME/.codex/auth.json"), home)
  if (codexHome !== undefined) await Bun.write(join(folder.path, "CODEX_HOME/auth.json"), codexHome)
  const variables = {
    HOME: join(folder.path, "HOME"),
    ...(codexHome === undefined ? {} : { CODEX_HOME: join(folder.path, "CODEX_HOME") }),
  }
  return { ...folder, variables }
}

function login(exp: number): string {
  const token = ["{}", JSON.stringify({ exp }), "x"].map((part) => Buffer.from(part).toString("base64url")).join(".")
  return JSON.stringify({ tokens: { access_token: token, account_id: "acc-1" } })
}

function withRefreshToken(exp: number): string {
  const file = readJson(login(exp), { tokens: "object" })
  return JSON.stringify({ tokens: { ...file.tokens, refresh_token: "r" } })
}

function thrownBy(work: () => unknown): OperatorProblem | undefined {
  try {
    work()
  } catch (error) {
    if (error instanceof OperatorProblem) return error
    throw error
  }
  return undefined
}

function named(name: string | undefined) {
  return name === undefined ? undefined : ({ kind: "variable", name, at: "dev.md:7" } as const)
}

function search(host: Readonly<Record<string, string>>, stored: readonly StoredLogin[] = []): CredentialSearch {
  return {
    find: finder(host),
    findLogin: (provider, name) => stored.find((login) => login.provider === provider && login.name === name),
    nowMs: NOW_MS,
  }
}

function finder(host: Readonly<Record<string, string>>) {
  return (name: string) => host[name]
}
