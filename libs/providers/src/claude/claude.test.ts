import { expect, test } from "bun:test"
import { guestSetup } from "../guest-setup-fixture.ts"
import { claude } from "./claude.ts"

const BYPASS = "--dangerously-skip-permissions"
const UNBOXED = ["--settings", '{"sandbox":{"enabled":false}}']

// biome-ignore format: a table
test.each([
  // prompt            continues  own                    expected
  ["fix the tests",    false,     [],                    [BYPASS, ...UNBOXED, "--sys", "-p", "fix the tests"]],
  ["-n is broken",     false,     [],                    [BYPASS, ...UNBOXED, "--sys", "-p", "--", "-n is broken"]],
  ["--version",        true,      ["--model", "x"],      [BYPASS, ...UNBOXED, "--continue", "--sys", "--model", "x", "-p", "--", "--version"]],
  ["a\n-b 'c' $d",     false,     ["--verbose"],         [BYPASS, ...UNBOXED, "--sys", "--verbose", "-p", "a\n-b 'c' $d"]],
  [undefined,          true,      ["--model", "x"],      [BYPASS, ...UNBOXED, "--continue", "--sys", "--model", "x"]],
  [undefined,          false,     ["--settings", "x"],   [BYPASS, "--sys", "--settings", "x"]],
  [undefined,          false,     [],                    [BYPASS, ...UNBOXED, "--sys"]],
] as const)("composeArgs of %j passes it verbatim, last, and never as an option", (prompt, continues, own, expected) => {
  expect(claude.composeArgs({ prompt, opening: undefined, continues, needed: ["--sys"], own })).toEqual([...expected])
})

test.each([
  ["CLAUDE_CODE_OAUTH_TOKEN", "sk-ant-oat01-"],
  ["ANTHROPIC_API_KEY", "sk-ant-api03-"],
])("the guest of a run on %s holds a placeholder of that kind and no other", (name, prefix) => {
  const { env } = claude.guest(guestSetup({ placeholders: claude.placeholders({ name }) }))
  const held = ["CLAUDE_CODE_OAUTH_TOKEN", "ANTHROPIC_API_KEY"].filter((variable) => variable in env)
  expect(held).toEqual([name])
  expect(env[name]).toStartWith(prefix)
  expect(env[name]).toContain("placeholder")
  expect(env[name]?.length).toBe(108)
})

test("the first interactive start has nothing to ask, and the label is on the screen", () => {
  const { env, files } = claude.guest(guestSetup({ placeholders: claude.placeholders({ name: "ANTHROPIC_API_KEY" }) }))
  expect(Object.fromEntries(files.map(({ path, content }) => [path, JSON.parse(content)]))).toEqual({
    ".claude.json": {
      hasCompletedOnboarding: true,
      customApiKeyResponses: { approved: [env["ANTHROPIC_API_KEY"]?.slice(-20)], rejected: [] },
      projects: { "/home/node/workspace": { hasTrustDialogAccepted: true } },
    },
    ".claude/settings.json": {
      skipDangerousModePermissionPrompt: true,
      statusLine: {
        type: "command",
        command: `printf '\\033[91m%s\\033[0m' "$BOT_BOTTLE_LABEL"; s=$(curl -sf -m 1 http://bot-bottle.internal/status 2>/dev/null) && printf ' · %s' "$s"; :`,
      },
    },
  })
})

test("the agent's body is a file, so that it may be longer than an argument; without one nothing is added", () => {
  expect(claude.guest(guestSetup({ systemPrompt: "\n" })).args).toEqual([])
  const systemPrompt = "x".repeat(200_000)
  const { args, files } = claude.guest(guestSetup({ systemPrompt }))
  expect(args).toEqual(["--append-system-prompt-file", "/home/node/.bot-bottle/agent.md"])
  expect(files.at(-1)).toEqual({ path: ".bot-bottle/agent.md", content: systemPrompt })
})

test("registerMcp: one argument, which swallows none of those behind it", () => {
  expect(claude.registerMcp?.({ kind: "http", name: "forge", url: "http://forge.test/mcp" }).args).toEqual([
    '--mcp-config={"mcpServers":{"forge":{"type":"http","url":"http://forge.test/mcp","alwaysLoad":true}}}',
  ])
  expect(claude.registerMcp?.({ kind: "command", name: "x", argv: ["/bin/x", "-y"] }).args).toEqual([
    '--mcp-config={"mcpServers":{"x":{"type":"stdio","command":"/bin/x","args":["-y"]}}}',
  ])
})
