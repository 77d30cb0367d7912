// `login`, `logout` and `setup`: a key is kept on the host, starts use it without an export, and
// nothing prints it or hands it to a bottle.

import { expect, test } from "bun:test"
import { existsSync, readFileSync, statSync } from "node:fs"
import { join } from "node:path"
import { openTerminal, runProgram } from "@bot-bottle/testkit"
import { agentIn, CLI, type CliHost, openCliHost, scriptBottle } from "./cli-host.ts"

const SAVED_KEY = "sk-ant-api03-the-key-that-login-keeps-000000000"

test("a saved key reaches the provider and never the bottle; the environment's key wins over it", async () => {
  await using host = await openCliHost()
  await host.write("bottles/dev.md", scriptBottle("console.log((await ask()).status, JSON.stringify(process.env))"))
  await host.write("agents/impl.md", agentIn("dev"))
  const start = ["start", "impl", "--headless", "--prompt", "x"] as const

  const without = await runWith(host, {}, ...start)
  expect([without.exitCode, without.stderr.includes("no credential for provider 'claude'")]).toEqual([1, true])

  const login = await runWith(host, { stdin: `${SAVED_KEY}\n` }, "login", "claude", "--stdin")
  expect(login).toEqual({ exitCode: 0, stdout: "claude: Anthropic API key saved\n", stderr: "" })
  expect(statSync(join(host.root, "credentials/claude-default.json")).mode & 0o777).toBe(0o600)

  const run = await runWith(host, {}, ...start)
  expect([run.exitCode, run.stdout.startsWith("200"), run.stdout.includes(SAVED_KEY)]).toEqual([0, true, false])
  expect(host.standIn.received.at(-1)?.headers["x-api-key"]).toBe(SAVED_KEY)

  const exported = "sk-ant-api03-the-key-of-the-environment-00000000"
  expect((await runWith(host, { env: { ANTHROPIC_API_KEY: exported } }, ...start)).exitCode).toBe(0)
  expect(host.standIn.received.at(-1)?.headers["x-api-key"]).toBe(exported)

  const listed = await runWith(host, {}, "login", "--list", "--json")
  expect(JSON.parse(listed.stdout)).toEqual([
    { provider: "claude", name: "default", variable: "ANTHROPIC_API_KEY", saved_at: expect.any(String) },
  ])
  expect((await runWith(host, {}, "logout", "claude", "--yes")).stdout).toBe("claude: logged out\n")
  expect((await runWith(host, {}, ...start)).exitCode).toBe(1)
})

test("a host variable that a manifest hands to the bottle is never a saved key", async () => {
  await using host = await openCliHost()
  const bottle = scriptBottle("await ask()", 'env: { TAKEN: "$' + '{ANTHROPIC_API_KEY}" }\n')
  await host.write("bottles/dev.md", bottle)
  await host.write("agents/impl.md", agentIn("dev"))
  await runWith(host, { stdin: SAVED_KEY }, "login", "claude", "--stdin")
  const result = await runWith(host, {}, "start", "impl", "--headless", "--prompt", "x")
  expect([result.exitCode, result.stderr]).toEqual([
    1,
    expect.stringContaining("host variable 'ANTHROPIC_API_KEY' is not set"),
  ])
})

// biome-ignore format: a table
test.each([
  // arguments                                stdin                exit  stderr holds
  [["login"],                                 "",                  2, ["login needs a provider"]],
  [["login", "gemini"],                       "",                  2, ["invalid provider 'gemini'"]],
  [["login", "claude"],                       "",                  2, ["no terminal to ask on", "--stdin"]],
  [["login", "claude", "--stdin"],            "",                  1, ["no key was given"]],
  [["login", "codex", "--stdin"],             "sk-ant-api03-x",    1, ["not a key of provider 'codex'", "bot-bottle login claude"]],
  [["login", "claude", "--stdin", "--name", "A/B"], "x",           2, ["invalid --name 'A/B'"]],
  [["logout", "claude", "--yes"],             "",                  1, ["no claude login is called 'default'"]],
  [["setup"],                                 "",                  2, ["setup asks questions", "bot-bottle setup --agent claude --budget 2M"]],
  [["setup", "--agent", "gemini"],            "",                  2, ["invalid --agent 'gemini'"]],
  [["setup", "--agent", "claude", "--budget", "lots"], "",         2, ["--budget: 'lots' is not a number"]],
] as const)("bot-bottle %j is refused, and nothing is written", async (args, stdin, exitCode, words) => {
  await using host = await openBareHost()
  const result = await runWith(host, { stdin }, ...args)
  expect([result.exitCode, result.stdout, existsSync(join(host.root, "credentials"))]).toEqual([exitCode, "", false])
  for (const word of words) expect(result.stderr).toContain(word)
})

test("setup by flags: writes what init writes, for the chosen agent, and ends with the verdict", async () => {
  await using host = await openBareHost()
  const setup = await runWith(host, { stdin: SAVED_KEY }, "setup", "--agent", "claude", "--budget", "5M", "--stdin")
  expect([setup.exitCode, withoutProgress(setup.stderr)]).toEqual([0, ""])
  expect(setup.stdout).toEndWith("\n\nReady.\nNext: cd your-project && bot-bottle start\n")
  expect(setup.stdout).not.toContain(SAVED_KEY)
  const settings = readFileSync(join(host.root, "settings.yml"), "utf8")
  expect(settings).toContain("\nbudget:\n  claude: 5000000\n  codex: 5000000\n  pi: 5000000\n")
  expect(settings).toContain("\nbudget_window: day\n")

  const again = await runWith(host, {}, "setup", "--agent", "codex")
  expect([again.exitCode, again.stdout.match(/^kept/gm)?.length, withoutProgress(again.stderr)]).toEqual([0, 3, ""])

  const changed = await runWith(host, {}, "setup", "--agent", "codex", "--budget", "1M")
  expect(changed.stderr).toContain("to change the limit: bot-bottle budget set host codex 1M --window day\n")
})

test("setup on a terminal: three questions, and Esc writes nothing", async () => {
  await using host = await openBareHost()
  await using left = await openTerminal([...CLI, "setup"], { cwd: host.cwd, env: withoutKey(host), columns: 80 })
  await left.untilScreen(/Which agent do you use\?/)
  await left.press("Escape")
  await left.untilScreen(/Nothing was written/)
  expect([await left.untilExit(), existsSync(host.root)]).toEqual([0, false])

  await using asked = await openTerminal([...CLI, "setup"], { cwd: host.cwd, env: withoutKey(host), columns: 80 })
  await asked.untilScreen(/Which agent do you use\?/)
  await asked.press("Enter")
  await asked.untilScreen(/Daily limit of each provider, for all runs together\?/)
  await asked.press("Enter")
  await asked.untilScreen(/claude setup-token/)
  await asked.type("sk-proj-of-another-provider")
  await asked.press("Enter")
  await asked.untilScreen(/not a key of provider 'claude'/)
  expect(existsSync(host.root)).toBe(false)
  await asked.press("C-u")
  await asked.type(SAVED_KEY)
  await asked.press("Enter")
  await asked.untilScreen(/Ready\./)
  expect(await asked.screen()).not.toContain(SAVED_KEY)
  expect(await asked.untilExit()).toBe(0)
})

/** The checks say so when they take more than two seconds. */
function withoutProgress(stderr: string): string {
  return stderr.replace("bot-bottle: checking this host\n", "")
}

async function openBareHost(): Promise<CliHost> {
  const host = await openCliHost()
  // As on a new machine: nothing is there.
  await runProgram(["rm", "-rf", host.root])
  return host
}

function withoutKey(host: CliHost): Record<string, string> {
  return { ...host.env, ANTHROPIC_API_KEY: "" }
}

function runWith(
  host: CliHost,
  { stdin, env }: { readonly stdin?: string; readonly env?: Readonly<Record<string, string>> },
  ...args: readonly string[]
) {
  return runProgram([...CLI, ...args], {
    cwd: host.cwd,
    env: { ...withoutKey(host), ...env },
    ...(stdin === undefined ? {} : { stdin }),
  })
}

test("bot-bottle alone: where nothing is set up, demo and setup; later, the help", async () => {
  await using host = await openBareHost()
  const first = await runWith(host, {})
  expect([first.exitCode, first.stdout.includes("bot-bottle setup"), first.stdout.includes("Usage:")]).toEqual([
    0,
    true,
    false,
  ])
  expect(existsSync(host.root)).toBe(false)
  await runWith(host, {}, "init")
  expect((await runWith(host, {})).stdout).toStartWith("Usage: bot-bottle ")
})

test.each(["claude", "codex", "pi"])(
  "setup --agent %s: every step it names works, up to a start that is ready",
  async (agent) => {
    await using host = await openBareHost()
    const key = agent === "codex" ? "sk-proj-the-key-of-this-test-0000000000" : SAVED_KEY
    const without = await runWith(host, {}, "setup", "--agent", agent)
    const next = without.stdout.trimEnd().split("\n").at(-1) ?? ""
    expect([without.exitCode, next.startsWith(`Next: bot-bottle login ${agent}`)]).toEqual([1, true])
    expect((await runWith(host, { stdin: key }, "login", agent, "--stdin")).exitCode).toBe(0)
    const doctor = await runWith(host, {}, "doctor")
    expect([doctor.exitCode, doctor.stdout.trimEnd().endsWith("Next: bot-bottle start")]).toEqual([0, true])
    const dry = await runWith(host, {}, "start", "implementer", "--headless", "--prompt", "x", "--dry-run")
    expect([dry.exitCode, dry.stderr]).toEqual([0, "bot-bottle: dry run: nothing was started\n"])
  },
)
