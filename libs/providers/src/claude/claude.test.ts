import { expect, test } from "bun:test"
import type { GuestSetup } from "../provider.ts"
import { claude } from "./claude.ts"

// biome-ignore format: a table
test.each([
  ["fix the tests",  ["-p", "fix the tests"]],
  ["-n is broken",   ["-p", "--", "-n is broken"]],
  ["--version",      ["-p", "--", "--version"]],
  ["a\n-b 'c' $d",   ["-p", "a\n-b 'c' $d"]],
] as const)("headlessPrompt(%j) passes it verbatim, last, and never as an option", (prompt, expected) => {
  expect(claude.args.headlessPrompt(prompt)).toEqual([...expected])
})

test.each([
  ["CLAUDE_CODE_OAUTH_TOKEN", "sk-ant-oat01-"],
  ["ANTHROPIC_API_KEY", "sk-ant-api03-"],
])("the guest of a run on %s holds a placeholder of that kind and no other", (credentialEnv, prefix) => {
  const { env } = claude.guest(setup({ credentialEnv }))
  const held = ["CLAUDE_CODE_OAUTH_TOKEN", "ANTHROPIC_API_KEY"].filter((name) => name in env)
  expect(held).toEqual([credentialEnv])
  expect(env[credentialEnv]).toStartWith(prefix)
  expect(env[credentialEnv]).toContain("placeholder")
  expect(env[credentialEnv]?.length).toBe(108)
})

test("the first interactive start has nothing to ask", () => {
  const { env, files } = claude.guest(setup({ credentialEnv: "ANTHROPIC_API_KEY" }))
  expect(Object.fromEntries(files.map(({ path, content }) => [path, JSON.parse(content)]))).toEqual({
    ".claude.json": {
      hasCompletedOnboarding: true,
      customApiKeyResponses: { approved: [env["ANTHROPIC_API_KEY"]?.slice(-20)], rejected: [] },
      projects: { "/home/node/workspace": { hasTrustDialogAccepted: true } },
    },
    ".claude/settings.json": { skipDangerousModePermissionPrompt: true },
  })
})

test("an agent without a body adds no system prompt", () => {
  expect(claude.guest(setup({ systemPrompt: "\n" })).args).toEqual([])
  expect(claude.guest(setup({ systemPrompt: "Be brief." })).args).toEqual(["--append-system-prompt", "Be brief."])
})

function setup(changes: Partial<GuestSetup>): GuestSetup {
  return {
    guestHome: "/home/node",
    caFile: "/run/door/ca.pem",
    caBundleFile: "/run/door/ca-bundle.pem",
    credentialEnv: undefined,
    systemPrompt: "",
    workspace: "/home/node/workspace",
    ...changes,
  }
}
