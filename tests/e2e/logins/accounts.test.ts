// Several accounts of one provider: a bottle's is the one it names and no other. People see whose a
// login is, how long it lasts, and what is wrong with it.

import { expect, test } from "bun:test"
import { mkdir, writeFile } from "node:fs/promises"
import { join } from "node:path"
import { agentIn, scriptBottle } from "../cli/cli-host.ts"
import { type LoginHost, openLoginHost } from "./login-host.ts"

const START = ["start", "impl", "--headless", "--prompt", "x"] as const
const TIMEOUT_MS = 60_000
const AUTH = "  auth: { login: work }\n"

test(
  "a bottle uses the account it names, renewed in its own file; the other account is not touched",
  async () => {
    await using host = await openAccountsHost()
    const work = await host.addAccount("work")
    const saved = await host.run("login", "claude", "--name", "work", "--file", work.file)
    expect(saved).toEqual({ exitCode: 0, stdout: `claude: the login in ${work.file} is used as 'work'\n`, stderr: "" })
    expect(JSON.parse((await host.run("login", "--list", "--json")).stdout)).toEqual([
      { provider: "claude", name: "work", file: work.file, saved_at: expect.any(String) },
    ])
    const before = host.tokens()
    const run = await host.run(...START)
    expect([run.exitCode, run.stdout]).toEqual([0, "200\n"])
    expect(host.standIn.received.at(-1)?.headers["authorization"]).toBe(`Bearer ${(await work.tokens()).accessToken}`)
    expect(host.tokens()).toEqual(before)

    await host.run("logout", "claude", "--name", "work", "--yes")
    const without = await host.run(...START)
    expect([without.exitCode, without.stdout, without.stderr]).toEqual([
      1,
      "",
      expect.stringMatching(
        /dev\.md:\d+: no claude login is called 'work' on this host\n.*hint: bot-bottle login claude --name work/,
      ),
    ])
  },
  TIMEOUT_MS,
)

// biome-ignore format: a table
test.each([
  // arguments                                          text of the file    stderr holds
  [["login", "claude", "--file", "gone.json"],          undefined,          ["gone.json cannot be read (ENOENT)", "log in there first: claude /login"]],
  [["login", "claude", "--file", "x.json"],             "{}",               ["x.json holds no Claude login that can be used"]],
  [["login", "pi", "--file", "x.json"],                 "{}",               ["--file: pi keeps no login in a file"]],
] as const)("bot-bottle %j is refused, and nothing is saved", async (args, text, words) => {
  await using host = await openAccountsHost()
  if (text !== undefined) await writeFile(join(host.cwd, "x.json"), text)
  const result = await host.run(...args)
  expect([result.exitCode === 0, result.stdout]).toEqual([false, ""])
  for (const word of words) expect(result.stderr).toContain(word)
  expect((await host.run("login", "--list", "--json")).stdout).toBe("[]\n")
})

test(
  "a reload keeps the run's login, and refuses another one with the way to change it",
  async () => {
    await using host = await openAccountsHost({ bottle: "" })
    const work = await host.addAccount("work")
    await host.run("login", "claude", "--name", "work", "--file", work.file)
    const script =
      "console.log('up'); for await (const _ of Bun.stdin.stream()) break; console.log((await ask()).status)"
    await host.write("bottles/dev.md", scriptBottle(script))
    await using run = host.start(...START)
    await run.untilStdout(/up/)
    expect(await host.run("reload", "impl")).toMatchObject({ exitCode: 0 })
    await host.write(
      "bottles/dev.md",
      scriptBottle(script).replace("  template: command\n", `  template: command\n${AUTH}`),
    )
    const reloaded = await host.run("reload", "impl")
    expect([reloaded.exitCode, reloaded.stderr]).toEqual([
      1,
      expect.stringMatching(
        /another login than it was started with\n.*hint: bot-bottle freeze impl-\w+ && bot-bottle resume/,
      ),
    ])
    run.write("go\n")
    run.closeStdin()
    expect((await run.result).stdout).toBe("up\n200\n")
  },
  TIMEOUT_MS,
)

test("token_cmd: what a command of the host prints is the credential, and its failure stops the start", async () => {
  await using host = await openAccountsHost({
    bottle: "  auth: { token_cmd: [printf, 'sk-ant-%s', api03-of-a-password-manager] }\n",
  })
  const run = await host.run(...START)
  expect([run.exitCode, run.stdout]).toEqual([0, "401\n"])
  const { headers } = host.standIn.received.at(-1) ?? { headers: {} as Record<string, string> }
  expect([headers["x-api-key"], headers["authorization"]]).toEqual(["sk-ant-api03-of-a-password-manager", undefined])

  await using failing = await openAccountsHost({
    bottle: "  auth: { token_cmd: [sh, -c, 'echo secret-half; exit 3'] }\n",
  })
  const failed = await failing.run(...START)
  expect([failed.exitCode, failed.stdout.includes("secret-half"), failed.stderr]).toEqual([
    1,
    false,
    expect.stringMatching(/dev\.md:\d+: token_cmd 'sh' failed \(exit 3\)\n.*hint: run it yourself/),
  ])
  expect(failed.stderr.replace(/hint: .*/, "")).not.toContain("secret-half")
})

test(
  "doctor and preflight say whose a login is and how long it lasts; one that cannot be renewed comes with its fix",
  async () => {
    await using host = await openAccountsHost({ bottle: "" })
    await writeFile(
      join(host.home, ".claude.json"),
      JSON.stringify({ oauthAccount: { emailAddress: "ana@example.com" } }),
    )
    const shown = /\.claude\/\.credentials\.json: ana@example\.com, access until (?:\w{3} \d+ )?\d\d:\d\d, renewed here/
    expect((await host.run("doctor")).stdout).toMatch(shown)
    expect((await host.run(...START, "--dry-run")).stdout).toMatch(new RegExp(`^login +claude: .*${shown.source}`, "m"))

    host.authority.revoke(host.tokens().refreshToken)
    await host.endAccess()
    const start = await host.run(...START)
    expect([start.exitCode, start.stderr]).toEqual([
      1,
      expect.stringContaining("log in again on this host: claude /login"),
    ])
    const doctor = (await host.run("doctor")).stdout
    expect(doctor).toContain("it cannot be renewed: the authority answered 400 (invalid_grant)")
    expect(doctor).toContain("claude /login")
    expect((await host.run("list", "--all", "--json")).stdout).toBe("[]\n")
  },
  TIMEOUT_MS,
)

interface AccountsHost extends LoginHost {
  addAccount(name: string): Promise<{ readonly file: string; tokens(): Promise<{ readonly accessToken: string }> }>
  /** Its access token has ended, as the file says. */
  endAccess(): Promise<void>
}

async function openAccountsHost({ bottle = AUTH }: { readonly bottle?: string } = {}): Promise<AccountsHost> {
  const host = await openLoginHost({ authority: { accessLifetimeMs: 3_600_000 } })
  const script = scriptBottle("console.log((await ask()).status)")
  await host.write(
    "bottles/dev.md",
    bottle === "" ? script : script.replace("  template: command\n", `  template: command\n${bottle}`),
  )
  await host.write("agents/impl.md", agentIn("dev"))
  return {
    ...host,
    async addAccount(name) {
      const folder = join(host.home, `.claude-${name}`)
      await mkdir(folder, { recursive: true })
      const file = join(folder, ".credentials.json")
      const { accessToken, refreshToken } = host.authority.issue()
      // Its access token is over: the start renews it.
      const login = { accessToken, refreshToken, expiresAt: 1, scopes: ["user:inference"], subscriptionType: "pro" }
      await writeFile(file, JSON.stringify({ claudeAiOauth: login }), { mode: 0o600 })
      return { file, tokens: async () => JSON.parse(await Bun.file(file).text()).claudeAiOauth }
    },
    async endAccess() {
      const login = { ...host.tokens(), expiresAt: 1 }
      await writeFile(host.file, JSON.stringify({ claudeAiOauth: login }), { mode: 0o600 })
    },
  }
}
