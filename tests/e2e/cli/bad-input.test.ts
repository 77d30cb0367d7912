// Every way to ask wrongly: the message, the hint, the exit code, and nothing launched.

import { expect, test } from "bun:test"
import { readdirSync } from "node:fs"
import { join } from "node:path"
import { agentIn, type CliHost, openCliHost, scriptBottle } from "./cli-host.ts"

const PROMPT = ["--headless", "--prompt", "x"] as const

// biome-ignore format: a table
test.each([
  // arguments                                                       exit  stderr holds
  [["strat"],                                                        2, ["error: unknown command 'strat'", "hint: did you mean start?"]],
  [["list", "--jsn"],                                                2, ["error: unknown option '--jsn'", "hint: did you mean --json?"]],
  [["nope", "--help"],                                               2, ["error: unknown command 'nope'", "see 'bot-bottle --help'"]],
  [["budget", "nope", "-h"],                                         2, ["error: unknown command 'nope'", "see 'bot-bottle budget --help'"]],
  [["allow", "dev"],                                                 2, ["missing required argument 'host'", "for example: bot-bottle allow dev pypi.example"]],
  [["allow", "dev", "*"],                                            2, ["error: '*' is not a valid host"]],
  [["allow", "dev", "x y"],                                          2, ["error: 'x y' is not a valid host"]],
  [["allow", "dev", "0x7f.1"],                                       2, ["error: '0x7f.1' "]],
  [["allow", "dev", "x.example:99999"],                              2, ["error: '99999' is not a port"]],
  [["list", "extra"],                                                2, ["error: too many arguments for 'list'. Expected 0 arguments but got 1: extra."]],
  [["list", "--", "x"],                                              2, ["error: 'list' takes no arguments after '--'"]],
  [["budget"],                                                       2, ["error: 'budget' needs one of: list, set, unset, reset"]],
  [["budget", "set", "team:x", "claude", "5"],                       2, ["'team:x' is not a scope"]],
  [["budget", "set", "host", "claude", "1.5"],                       2, ["'1.5' is not a whole number of tokens"]],
  [["budget", "set", "host", "claude", "5", "--window", "year"],     2, ["invalid --window 'year'"]],
  [["budget", "set", "host", "claude", "-50k"],                      1, ["no limit is in force for host claude, so there is nothing to lower", "set host claude 2M"]],
  [["budget", "set", "host", "usd", "-$5", "--window", "day"],       1, ["no limit is in force for host usd, so there is nothing to lower"]],
  [["budget", "set", "--window", "day", "host", "claude", "--", "-5x"], 2, ["'5x' ends in 'x'"]],
  [["budget", "set", "host", "claude", "-k"],                        2, ["error: unknown option '-k'"]],
  [["start", "impl", "--budget", "-50k", ...PROMPT],                 2, ["'-50k' is negative"]],
  [["start", "impl", "--budget=-50k", ...PROMPT],                    2, ["'-50k' is negative"]],
  [["allow", "dev", "-5"],                                           2, ["-5"]],
  [["kill", "-5"],                                                   1, ["unknown run '-5'"]],
  [["budget", "set", "host", "gemini", "5"],                         1, ["unknown provider 'gemini'"]],
  [["budget", "unset", "host", "claude"],                            1, ["no budget is set for host claude"]],
  [["budget", "set", "run:nobody-00000", "claude", "5"],             1, ["unknown run 'nobody-00000'"]],
  [["budget", "set", "bottle:nope", "claude", "5"],                  1, ["unknown bottle 'nope'", "available: "]],
  [["budget", "set", "agent:nope", "claude", "5"],                   1, ["unknown agent 'nope'", "available: "]],
  [["budget", "reset"],                                              2, ["this needs a confirmation", "budget reset --all"]],
  [["usage", "--by", "team"],                                        2, ["invalid --by 'team'", "run, agent, bottle, provider, model, day"]],
  [["usage", "--since", "yesterday"],                                2, ["--since 'yesterday' is neither an age nor a date"]],
  [["usage", "--json", "--csv"],                                     2, ["--json and --csv exclude each other"]],
  [["cutoff", "nobody-00000"],                                       1, ["unknown run 'nobody-00000'"]],
  [["restore", "nobody-00000"],                                      1, ["unknown run 'nobody-00000'"]],
  [["kill", "nobody-00000"],                                         1, ["unknown run 'nobody-00000'"]],
  [["logs", "nobody-00000"],                                         1, ["unknown run 'nobody-00000'"]],
  [["info", "nobody"],                                               1, ["no agent, bottle or run is called 'nobody'"]],
  [["cutoff"],                                                       2, ["missing required argument 'run'", "@last"]],
  // before any state is read
  [["start", "impl", "--prompt", "x"],                               2, ["start asks questions, and this is not a terminal", "start impl --headless --prompt '…'"]],
  [["start", "impl"],                                                2, ["start asks questions, and this is not a terminal"]],
  // the order of a headless launch's checks
  [["start", "--headless"],                                          2, ["start --headless needs an agent; there are free, impl", "bot-bottle start free --headless --prompt '…'"]],
  [["start", "nobody", "--headless"],                                1, ["nobody", "impl"]],
  [["start", "impl", "--headless", "--bottle", "none", "--label", ""], 2, ["start --headless needs --prompt", "start impl --headless --prompt '…'"]],
  [["start", "impl", "--headless", "--prompt", " "],                 2, ["--prompt is empty"]],
  [["start", "free", ...PROMPT, "--label", ""],                      1, ["agent 'free' has no default bottle; pass one or more --bottle NAME"]],
  [["start", "impl", ...PROMPT, "--bottle", "none", "--label", ""],  1, ["none", "dev"]],
  [["start", "impl", ...PROMPT, "--label", "x".repeat(65)],          2, ["--label: a label is at most 64 characters long, and this one is 65"]],
  [["start", "impl", ...PROMPT, "--color", "pink"],                  2, ["invalid --color 'pink'", "bright-white"]],
  [["start", "impl", ...PROMPT, "--budget", "lots"],                 2, ["--budget: 'lots' is not a number of tokens"]],
  [["start", "impl", ...PROMPT, "--budget", "codex=5"],              2, ["--budget names provider 'codex', which this run does not meter"]],
  [["start", "impl", ...PROMPT, "--budget", "0"],                    1, ["no budget left"]],
  [["start", "impl", ...PROMPT, "--shutdown", "explode"],            2, ["invalid --shutdown 'explode'", "use cutoff, freeze, kill"]],
  [["start", "impl", ...PROMPT, "--backend", "podman"],              2, ["invalid --backend 'podman'", "use bwrap, docker"]],
  [["start", "impl", ...PROMPT, "--image", "debian"],                2, ["--image: backend 'bwrap' has no images"]],
  [["start", "impl", ...PROMPT, "--bottle", "asks"],                 1, ["env.TARGET needs a terminal to ask you"]],
  [["start", "impl", ...PROMPT, "--bottle", "hostvar"],              1, ["bottles/hostvar.md:", ": env.", "host variable 'NOT_SET_HERE' is not set", "export NOT_SET_HERE"]],
  [["start", "impl", ...PROMPT, "--bottle", "token"],                1, ["bottles/token.md:", "token_ref 'NOT_SET_HERE' is not set on the host"]],
  [["start", "impl", ...PROMPT, "--bottle", "broken"],               1, ["broken.md:2", "egres", "egress"]],
  [["start", "impl", ...PROMPT, "--bottle", "passthrough"],              1, ["api.anthropic.com is billed by provider 'claude' and must be inspected"]],
] as const)("INV-44: bot-bottle %j is refused, and nothing is launched", async (args, exitCode, words) => {
  await using host = await openBadHost()
  const result = await host.run(...args)
  expect({ exitCode: result.exitCode, stdout: result.stdout }).toEqual({ exitCode, stdout: "" })
  expect(result.stderr).toStartWith("bot-bottle: error: ")
  for (const word of words) expect(result.stderr).toContain(word)
  expect(launchedBy(host)).toEqual({ states: [], requests: 0 })
})

test("no credential: an error that lists what was looked for", async () => {
  await using host = await openBadHost({ ANTHROPIC_API_KEY: "" })
  const result = await host.run("start", "impl", ...PROMPT)
  expect(result.exitCode).toBe(1)
  expect(result.stderr).toContain(
    "no credential for provider 'claude': looked for CLAUDE_CODE_OAUTH_TOKEN (Claude OAuth token), then ANTHROPIC_API_KEY",
  )
  expect(launchedBy(host)).toEqual({ states: [], requests: 0 })
})

test("a credential with a line break is refused without being shown", async () => {
  await using host = await openBadHost({ ANTHROPIC_API_KEY: "sk-ant-secret\nx-evil: 1" })
  const result = await host.run("start", "impl", ...PROMPT)
  expect(result.exitCode).toBe(1)
  expect(result.stderr).toContain("host variable 'ANTHROPIC_API_KEY' holds a line break")
  expect(result.stderr).not.toContain("sk-ant-secret")
})

// biome-ignore format: a table
test.each([
  ["budgets: { claude: 5 }",           ["settings.yml:", "budgets", "budget"]],
  ["budget: { claude: -5 }",           ["settings.yml:", "claude"]],
  ["budget: { claude: 1.5 }",          ["settings.yml:", "claude"]],
  ["shutdown: explode",                ["settings.yml:", "explode"]],
  ["backend: [bwrap]",                 ["settings.yml:", "backend"]],
] as const)("settings.yml with %j: nothing starts", async (line, words) => {
  await using host = await openBadHost()
  await host.write("settings.yml", `${line}\n`)
  const result = await host.run("start", "impl", ...PROMPT)
  expect(result.exitCode).toBe(1)
  for (const word of words) expect(result.stderr).toContain(word)
  expect(launchedBy(host).states).toEqual([])
})

// biome-ignore format: a table
test.each([
  ["is not there",                 undefined,                                                         "cannot be read"],
  ["holds something else",         "a key",                                                           "holds no PEM certificate"],
  ["holds a broken certificate",   "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n",  "has an unreadable certificate, number 1 in the file"],
] as const)("an upstream_ca that %s is named with its line, and nothing is launched", async (_what, pem, problem) => {
  await using host = await openBadHost()
  const path = `${host.root}/corp.pem`
  if (pem !== undefined) await host.write("corp.pem", pem)
  await host.write("settings.yml", `# the company's\nupstream_ca: ${path}\n`)
  const result = await host.run("start", "impl", ...PROMPT)
  expect([result.exitCode, result.stderr]).toEqual([
    1,
    expect.stringContaining(`${host.root}/settings.yml:2: upstream_ca '${path}' ${problem}`),
  ])
  expect(launchedBy(host).states).toEqual([])
})

test("every command has --help with an example, on stdout, exit 0", async () => {
  await using host = await openCliHost()
  const top = await host.run("--help")
  const commands = [...top.stdout.matchAll(/^ {2}([a-z]+) /gm)].map(([, name = ""]) => name)
  expect(commands).toContain("start")
  const helps = await Promise.all(commands.map(async (name) => [name, await host.run("help", name)] as const))
  const lacking = helps.filter(
    ([name, { exitCode, stdout }]) => exitCode !== 0 || !stdout.includes(`Example:\n  bot-bottle ${name}`),
  )
  expect(lacking.map(([name]) => name)).toEqual([])
  // Commander's own words for its 'help', which works, and which nobody has to know.
  expect(helps.filter(([, { stdout }]) => stdout.includes("display help")).map(([name]) => name)).toEqual([])
  expect((await host.run("budget", "help", "set")).stdout).toContain("Usage: bot-bottle budget set ")
  for (const name of ["list", "set", "unset", "reset"]) {
    const { exitCode, stdout } = await host.run("budget", name, "--help")
    expect({ exitCode, stdout }).toEqual({
      exitCode: 0,
      stdout: expect.stringContaining(`Example:\n  bot-bottle budget ${name}`),
    })
  }
}, 30_000)

async function openBadHost(env: Readonly<Record<string, string>> = {}): Promise<CliHost> {
  const host = await openCliHost({ env })
  await host.write("bottles/dev.md", scriptBottle("await ask()"))
  await host.write("bottles/asks.md", scriptBottle("", 'env: { TARGET: "?Which target" }\n'))
  await host.write("bottles/hostvar.md", scriptBottle("", 'env: { X: "$' + '{NOT_SET_HERE}" }\n'))
  await host.write(
    "bottles/token.md",
    scriptBottle(
      "",
      "egress: { routes: [{ host: a.example.com, auth: { scheme: Bearer, token_ref: NOT_SET_HERE } }] }\n",
    ),
  )
  await host.write(
    "bottles/passthrough.md",
    scriptBottle("", "egress: { routes: [{ host: api.anthropic.com, inspect: false }] }\n"),
  )
  await host.write("bottles/broken.md", "---\negres: {}\n---\n")
  await host.write("agents/impl.md", agentIn("dev"))
  await host.write("agents/free.md", "---\nskills: []\n---\n")
  return host
}

function launchedBy(host: CliHost): { readonly states: readonly string[]; readonly requests: number } {
  const state = join(host.root, "state")
  const states = readdirSync(host.root).includes("state")
    ? readdirSync(state).filter((name) => !name.startsWith("."))
    : []
  return { states, requests: host.standIn.received.length }
}
