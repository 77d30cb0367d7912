import { expect, test } from "bun:test"
import { guestSetup } from "../guest-setup-fixture.ts"
import { codex } from "./codex.ts"

const BYPASS = "--dangerously-bypass-approvals-and-sandbox"
const EXEC = ["exec", BYPASS, "--skip-git-repo-check"] as const
const RESUME = ["resume", "--last"] as const

// biome-ignore format: a table
test.each([
  // prompt          continues  own               expected
  ["fix it",         false,     [],               [...EXEC, "--", "fix it"]],
  ["-n is broken",   false,     ["--json"],       [...EXEC, "--json", "--", "-n is broken"]],
  ["resume",         false,     ["-i", "a.png"],  [...EXEC, "-i", "a.png", "--", "resume"]],
  ["a\n-b 'c' $d",   true,      ["--json"],       [...EXEC, "--json", ...RESUME, "--", "a\n-b 'c' $d"]],
  [undefined,        false,     ["-m", "x"],      [BYPASS, "-m", "x"]],
  [undefined,        false,     ["exec", "hi"],   [...EXEC, "hi"]],
  [undefined,        true,      ["-m", "x"],      [...RESUME, "--include-non-interactive", BYPASS, "-m", "x"]],
] as const)("composeArgs of %j, continuing %p, passes it verbatim, last, and never as an option", (prompt, continues, own, expected) => {
  expect(codex.composeArgs({ prompt, opening: undefined, continues, needed: [], own })).toEqual([...expected])
})

test("the guest of a run on an API key holds a placeholder of that shape, in the environment and in the login file", () => {
  const placeholders = codex.placeholders({ name: "OPENAI_API_KEY" })
  const key = placeholders.env["OPENAI_API_KEY"] ?? ""
  expect(key).toMatch(/^sk-proj-bot-bottle-placeholder-.{100,}$/)
  const { env, files } = codex.guest(guestSetup({ placeholders }))
  expect(env).toEqual({
    OPENAI_API_KEY: key,
    SSL_CERT_FILE: "/run/share/ca-bundle.pem",
    CODEX_CA_CERTIFICATE: "/run/share/ca-bundle.pem",
  })
  const auth = JSON.parse(files.find(({ path }) => path === ".codex/auth.json")?.content ?? "")
  expect(auth).toEqual({ auth_mode: "apikey", OPENAI_API_KEY: key })
})

test("the guest of a run on a device login believes itself logged in for good, on the account and plan of the host's login", () => {
  const placeholders = codex.placeholders({ name: "codex-login", details: { account: "acc-1", plan: "plus" } })
  expect(placeholders.env).toEqual({})
  const { tokens, ...rest } = JSON.parse(placeholders.files[0]?.content ?? "")
  expect(rest).toEqual({ auth_mode: "chatgpt", OPENAI_API_KEY: null, last_refresh: "2100-01-01T00:00:00Z" })
  const claims = JSON.parse(Buffer.from(tokens.id_token.split(".")[1], "base64url").toString())
  expect(claims["https://api.openai.com/auth"]).toMatchObject({
    chatgpt_account_id: "acc-1",
    chatgpt_plan_type: "plus",
  })
  expect(tokens.account_id).toBe("acc-1")
  expect(tokens.refresh_token).toContain("placeholder")
})

test("its configuration is valid TOML, whatever the agent's body holds, and asks nothing", () => {
  const systemPrompt = `Say "hi"\n[projects]\n\\u0041 \u0007 \u{1F600} ${"x".repeat(200_000)}`
  const { files, args } = codex.guest(guestSetup({ systemPrompt }))
  const config = Bun.TOML.parse(files.find(({ path }) => path === ".codex/config.toml")?.content ?? "")
  expect(config).toMatchObject({
    developer_instructions: systemPrompt,
    approval_policy: "never",
    sandbox_mode: "danger-full-access",
    check_for_update_on_startup: false,
    analytics: { enabled: false },
    projects: { "/home/node/workspace": { trust_level: "trusted" } },
  })
  expect(args).toEqual([])
  const bare = Bun.TOML.parse(codex.guest(guestSetup()).files[0]?.content ?? "")
  expect(Object.keys(bare)).not.toContain("developer_instructions")
})

test("registerMcp: overrides of its configuration, values as TOML", () => {
  expect(codex.registerMcp?.({ kind: "http", name: "forge", url: "http://forge.test/mcp" }).args).toEqual([
    "-c",
    'mcp_servers.forge.url="http://forge.test/mcp"',
    "-c",
    "mcp_servers.forge.required=true",
  ])
  expect(codex.registerMcp?.({ kind: "command", name: "x", argv: ["/bin/x", "-y"] }).args).toEqual([
    "-c",
    'mcp_servers.x.command="/bin/x"',
    "-c",
    'mcp_servers.x.args=["-y"]',
  ])
})
