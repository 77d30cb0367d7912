// `--dry-run` shows a launch, asks nothing, starts nothing and fails for no missing credential.

import { expect, test } from "bun:test"
import { launchPreviewSchema } from "@bot-bottle/contracts/messages/launch-preview"
import { parseMessage } from "@bot-bottle/contracts/messages/shapes/parse-message"
import { runInTerminal, runProgram } from "@bot-bottle/testkit"
import { agentIn, CLI, openCliHost } from "../cli/cli-host.ts"

const BOTTLE = `---
agent_provider: { template: claude }
egress:
  routes:
    - host: api.anthropic.com
      matches: [{ methods: [POST], paths: [{ type: prefix, value: /v1/ }], headers: [{ name: x-team, value: secret-team }] }]
    - host: files.example.com
      auth: { scheme: Bearer, token_ref: FILES_TOKEN }
env: { CI: "1", HOST_HOME: "\${FILES_TOKEN}", TARGET: "?Which target" }
budget: { claude: 5000 }
---
`

test("INV-43: without a credential a dry run shows what is missing and how to give it, and a start is refused", async () => {
  await using host = await hostWithout()
  const { exitCode, stdout, stderr } = await host.run("start", "impl", "--dry-run")
  expect([exitCode, stderr]).toEqual([
    0,
    "bot-bottle: dry run: nothing was started\n" +
      "bot-bottle: a start needs a credential for claude: bot-bottle login claude\n",
  ])
  expect(stdout).toMatch(/^credential +MISSING: no credential for provider 'claude': .*bot-bottle login claude/m)
  expect(stdout).toContain("the output of 'claude setup-token'")
  expect(stdout).toContain("credential MISSING")

  const start = await host.run("start", "impl", "--headless", "--prompt", "x")
  expect([start.exitCode, start.stderr]).toEqual([1, expect.stringContaining("no credential for provider 'claude'")])
  expect((await host.run("list", "--all", "--json")).stdout).toBe("[]\n")
})

test("on a terminal a dry run asks nothing, also of a bottle that asks for a value", async () => {
  await using host = await hostWithout()
  const { exitCode, lines } = await runInTerminal([...CLI, "start", "impl", "--dry-run"], {
    columns: 80,
    cwd: host.cwd,
    env: host.env,
  })
  expect([exitCode, lines.join("\n")]).toEqual([0, expect.stringContaining("TARGET (asked for at launch)")])
})

test("--dry-run --json is the launch as data, with names in the place of values; --json alone is bad usage", async () => {
  await using host = await hostWithout()
  const { exitCode, stdout } = await host.run("start", "impl", "--dry-run", "--json")
  expect(exitCode).toBe(0)
  const parsed = parseMessage(launchPreviewSchema, stdout, { maxLength: 1_000_000 })
  expect(parsed).toMatchObject({
    outcome: "parsed",
    message: {
      agent: "impl",
      bottles: ["dev"],
      provider: "claude",
      workspace: { kind: "empty", folder: null, hidden_entries: null },
      env: [
        { name: "CI", from: "bottle" },
        { name: "HOST_HOME", from: "host" },
        { name: "TARGET", from: "asked" },
      ],
      credentials: [{ provider: "claude", source: null, fix: "bot-bottle login claude" }],
      budgets: [{ provider: "claude", scope: "bottle", key: "dev", unit: "tokens", limit: 5000, used: 0 }],
      shutdown: "cutoff",
    },
  })
  for (const secret of ["secret-team", "files-token"]) expect(stdout).not.toContain(secret)
  const alone = await host.run("start", "impl", "--headless", "--prompt", "x", "--json")
  expect([alone.exitCode, alone.stderr]).toEqual([
    2,
    "bot-bottle: error: --json needs --dry-run\nbot-bottle: hint: bot-bottle start impl --dry-run --json\n",
  ])
})

test("a start reads its prompt from a file, and from stdin for '-'; a file that is not there is named", async () => {
  await using host = await hostWithout()
  await host.write("bottles/say.md", `---\nagent_provider: { template: command, argv: [echo] }\n---\n`)
  await host.write("agents/say.md", agentIn("say"))
  const missing = await host.run("start", "say", "--headless", "--prompt-file", "/nonexistent")
  expect([missing.exitCode, missing.stderr]).toEqual([
    1,
    expect.stringContaining("--prompt-file: cannot read /nonexistent"),
  ])
  await Bun.write(`${host.cwd}/task.txt`, "from a file")
  const read = await host.run("start", "say", "--headless", "--prompt-file", "task.txt")
  expect([read.exitCode, read.stdout]).toEqual([0, "from a file\n"])
  const piped = host.start("start", "say", "--headless", "--prompt", "-")
  piped.write("from stdin")
  piped.closeStdin()
  expect((await piped.result).stdout).toBe("from stdin\n")
})

// biome-ignore format: a table
test.each([
  // prompt   exit code with a stdin that is empty: no prompt is bad usage
  ["-",       2],
  ["x",       0],
] as const)("a start with --prompt %s and a folder as its stdin is refused before it begins", async (prompt, whenEmpty) => {
  await using host = await hostWithout()
  await host.write("bottles/say.md", `---\nagent_provider: { template: command, argv: [echo] }\n---\n`)
  await host.write("agents/say.md", agentIn("say"))
  const start = (stdin: string) =>
    runProgram(["sh", "-c", `${CLI[0]} start say --headless --prompt ${prompt} ${stdin}`], {
      cwd: host.cwd,
      env: host.env,
    })
  const { exitCode, stderr } = await start("</")
  expect([exitCode, stderr]).toEqual([
    1,
    "bot-bottle: error: standard input is a folder, which cannot be read\nbot-bottle: hint: give a file or a pipe, or </dev/null\n",
  ])
  // The controls, and a stdin that was closed.
  for (const stdin of ["</dev/null", "<&-"])
    expect([stdin, (await start(stdin)).exitCode]).toEqual([stdin, whenEmpty])
})

async function hostWithout() {
  const host = await openCliHost({ env: { ANTHROPIC_API_KEY: "", HOME: "/nonexistent", FILES_TOKEN: "files-token" } })
  await host.write("bottles/dev.md", BOTTLE)
  await host.write("agents/impl.md", agentIn("dev"))
  return host
}
