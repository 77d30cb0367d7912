// The commands around runs: init, info, doctor, dry runs and the demo.

import { expect, test } from "bun:test"
import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  realpathSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { type ProgramResult, runProgram } from "@bot-bottle/testkit"
import { agentIn, CLI, type CliHost, openCliHost, REAL_KEY, scriptBottle } from "./cli-host.ts"

test("demo: holds, says so, and leaves nothing", async () => {
  await using host = await openCliHost()
  const before = readdirSync("/tmp").filter((name) => name.startsWith("bot-bottle-demo-"))
  const { exitCode, stdout, stderr } = await host.run("demo")
  expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: "" })
  for (const words of [
    "in the ledger: 24 input + 140 output = 164 tokens charged",
    "the agent tries example.com:443  403 host-not-allowed",
    "402 Too little budget left",
    "the provider billed 492 tokens, the ledger charged 492",
    "All of it held",
  ])
    expect(stdout).toContain(words)
  expect(stdout).not.toContain("\x1b[")
  expect(readdirSync("/tmp").filter((name) => name.startsWith("bot-bottle-demo-"))).toEqual(before)
})

test("init: makes a host that doctor and info accept, keeps what is there, and is nobody else's", async () => {
  await using host = await openCliHost()
  await host.write("agents/implementer.md", agentIn("dev"))
  const init = await host.run("init")
  expect([init.exitCode, init.stdout.match(/^(created|kept)/gm)]).toEqual([0, ["kept", "created", "kept"]])
  expect(statSync(join(host.root, "bottles/dev.md")).mode & 0o777).toBe(0o600)

  const info = JSON.parse((await host.run("info", "implementer", "--json")).stdout)
  expect(info.map(({ kind, name }: { kind: string; name: string }) => `${kind} ${name}`)).toEqual([
    "agent implementer",
    "bottle dev",
  ])
  expect(info[1].values).toContainEqual({
    key: "agent_provider.template",
    value: "claude",
    origin: expect.stringMatching(/dev\.md:\d+$/),
  })

  const doctor = await host.run("doctor", "--json")
  const report = JSON.parse(doctor.stdout)
  expect([doctor.exitCode, report.ok]).toEqual([0, true])
  expect(report.checks.map(({ check }: { check: string }) => check)).toEqual(
    expect.arrayContaining([
      "bubblewrap",
      "user namespaces",
      "docker",
      "host folder",
      "settings.yml",
      "manifests",
      "credential claude",
      "toolchain claude",
      "ledger",
    ]),
  )
  expect(doctor.stdout).not.toContain(REAL_KEY)
})

test("doctor: each failure with its fix, exit 1; no isolation, exit 3", async () => {
  await using host = await openCliHost()
  await host.write("bottles/dev.md", "---\negres: {}\n---\n")
  await host.write("settings.yml", "upstream_ca: /does/not/exist.pem\n")
  const doctor = await host.run("doctor")
  expect(doctor.exitCode).toBe(1)
  expect(doctor.stdout).toMatch(
    / {2}fail {2}settings.yml +\S+settings.yml:1: upstream_ca '\/does\/not\/exist.pem' cannot be read\n {8}fix: fix upstream_ca in settings.yml\n/,
  )
  expect(doctor.stdout).toMatch(/ {2}fail {2}manifest dev +.*dev\.md:2: /)
  expect(doctor.stdout).toEndWith("2 problems stop a start.\nNext: fix upstream_ca in settings.yml\n")

  await using bare = await openCliHost()
  const without = await runWithoutBubblewrap(bare, ["doctor"])
  expect([without.exitCode, / fail {2}bubblewrap +not installed/.test(without.stdout)]).toEqual([3, true])
})

test("no isolation: start exits 3, runs nothing, and leaves no state", async () => {
  await using host = await openCliHost()
  await host.write("bottles/dev.md", scriptBottle("await ask()"))
  await host.write("agents/impl.md", agentIn("dev"))
  const result = await runWithoutBubblewrap(host, ["start", "impl", "--headless", "--prompt", "x"])
  expect([result.exitCode, result.stdout]).toEqual([3, ""])
  expect(result.stderr).toStartWith("bot-bottle: error: No isolation available")
  expect(readdirSync(join(host.root, "state")).filter((name) => !name.startsWith("."))).toEqual([])
  expect(host.standIn.received).toEqual([])
})

test("a root another user can write is refused with the command that fixes it", async () => {
  await using host = await openCliHost()
  chmodSync(host.root, 0o777)
  const result = await host.run("list")
  expect([result.exitCode, result.stderr]).toEqual([
    1,
    expect.stringMatching(/error: .* can be written by other users \(mode 0777\)\nbot-bottle: hint: chmod -R go-w /),
  ])
})

test.each([
  ["--dry-run", {}],
  ["", { BOT_BOTTLE_DRY_RUN: "1" }],
] as const)(
  "dry run (%p %p): shows what would be launched, never a secret, and launches nothing",
  async (flag, env) => {
    await using host = await openCliHost({
      env: { ...env, GITHUB_TOKEN: "ghp_the-other-secret", FROM_HOST: "host-value" },
    })
    await host.write("bottles/base.md", "---\nlimits: { memory: 2g, pids: 64 }\n---\n")
    await host.write(
      "bottles/dev.md",
      scriptBottle(
        "await ask()",
        [
          "extends: base",
          "budget: { claude: 5000 }",
          `env: { PLAIN: literal-value, TAKEN: "$` + `{FROM_HOST}" }`,
          "egress:",
          "  routes:",
          "    - host: api.github.com",
          "      auth: { scheme: Bearer, token_ref: GITHUB_TOKEN }",
          "      matches: [{ paths: [{ type: prefix, value: /repos/acme/ }], methods: [GET] }]",
          "",
        ].join("\n"),
      ),
    )
    await host.write("agents/impl.md", agentIn("dev"))
    const args = ["start", "impl", "--headless", "--prompt", "x", ...(flag === "" ? [] : [flag])]
    const { exitCode, stdout, stderr } = await host.run(...args)
    expect([exitCode, stderr]).toEqual([0, "bot-bottle: dry run: nothing was started\n"])
    for (const words of [
      "dev <- base",
      "memory 2 GiB: by ",
      "pids 64: by ",
      "PLAIN (set in the bottle)",
      "TAKEN (from host variable FROM_HOST)",
      "https://api.github.com  GET prefix /repos/acme/  [credential GITHUB_TOKEN, ",
      "https://api.anthropic.com  [metered as claude, credential ANTHROPIC_API_KEY, provider claude]",
      "everything else is refused",
      "claude: 5,000 of 5,000 tokens left (budget of bottle:dev)",
      "cutoff when the budget is gone",
    ])
      expect(stdout).toContain(words)
    for (const secret of [REAL_KEY, "ghp_the-other-secret", "host-value", "literal-value"])
      expect(stdout).not.toContain(secret)
    expect(existsSync(join(host.root, "state"))).toBe(false)
  },
)

test("dry run: skills, git identity, dlp and server tools as the manifests say; no prompt needed", async () => {
  await using host = await openCliHost()
  const extra = [
    "egress: { dlp: { outbound: redact, detect: [known_secrets, token_patterns] }, server_tools: trim, routes: [{ host: a.example.com, dlp: { outbound: 'off' } }] }",
    "git: { user: { email: impl@example.com } }",
    "",
  ].join("\n")
  await host.write(
    "bottles/dev.md",
    scriptBottle("await ask()", extra)
      .replace("template: command", "template: claude")
      .replace(/ {2}(meters|argv):.*\n/g, ""),
  )
  await host.write("agents/impl.md", "---\nbottle: dev\nskills: [review]\ngit: { user: { name: Impl } }\n---\n")
  await host.write("skills/review/SKILL.md", "---\nname: review\ndescription: Reviews\n---\n")
  const { exitCode, stdout, stderr } = await host.run("start", "impl", "--dry-run")
  const line = (title: string) => new RegExp(`^${title} {2,}(.*)$`, "m").exec(stdout)?.[1]
  expect({
    exitCode,
    lines: ["skills", "workspace", "git user", "dlp", "server tools", "egress"].map(line),
    notes: stderr.split("\n").filter((note) => note !== ""),
  }).toEqual({
    exitCode: 0,
    lines: [
      "review",
      "empty; --cwd copies the current folder into it",
      "Impl <impl@example.com>",
      "credentials (the host's, or any that looks like one) are redacted from requests",
      "web search and fetch by the provider: trimmed to listed hosts",
      "https://a.example.com  [dlp off, bottle dev]",
    ],
    notes: ["bot-bottle: dry run: nothing was started"],
  })
})

test("budget list: every limit in force and who said so; what was set last is what counts", async () => {
  await using host = await openCliHost({
    settings: "budget: { claude: 5M }\nceiling: { claude: 20M }\nbudget_window: day\n",
  })
  await host.write("bottles/dev.md", scriptBottle("await ask()", "budget: { claude: 1M, codex: 2M }\n"))
  await host.write("bottles/child.md", "---\nextends: dev\n---\n")
  await host.write("bottles/broken.md", "---\negres: {}\n---\n")
  await host.write("agents/impl.md", "---\nbottle: dev\nbudget: { claude: 500k }\n---\n")
  await host.run("budget", "set", "bottle:dev", "claude", "3M")
  const listed = await host.run("budget", "list", "--json")
  const row = (scope: string, key: string, provider: string, limit: number, rest: object) => ({
    ...{ scope, key, provider, limit, used: 0, unit: "tokens", window: "day", is_ceiling: false },
    ...rest,
  })
  const settings = join(host.root, "settings.yml")
  expect([listed.exitCode, JSON.parse(listed.stdout)]).toEqual([
    0,
    [
      row("host", "", "claude", 5_000_000, { from: settings }),
      row("host", "", "claude", 20_000_000, { from: settings, is_ceiling: true }),
      row("bottle", "dev", "claude", 3_000_000, { from: "budget set" }),
      row("bottle", "dev", "codex", 2_000_000, { from: join(host.root, "bottles/dev.md") }),
      row("agent", "impl", "claude", 500_000, { from: join(host.root, "agents/impl.md") }),
    ],
  ])
  const table = await host.run("budget", "list")
  expect(table.stdout).toMatch(/^host \(ceiling\) +claude +0 +20,000,000 +day +\S+settings\.yml$/m)
  const unset = await host.run("budget", "unset", "host", "claude")
  expect([unset.exitCode, unset.stderr]).toEqual([1, expect.stringContaining(`${settings} has the one in force`)])
})

test("budget set: + adds to the limit in force, the answer says old and new, the audit says who", async () => {
  await using host = await openCliHost({
    settings: "budget: { claude: 2M }\nbudget_window: day\n",
    env: { USER: "ada" },
  })
  const set = async (tokens: string) => (await host.run("budget", "set", "host", "claude", tokens)).stdout
  expect([await set("+100k"), await set("1,000,000"), await set("500,000")]).toEqual([
    "host claude: 2,000,000 → 2,100,000 tokens (0 used, window day)\n",
    "host claude: 2,100,000 → 1,000,000 tokens (0 used, window day)\n",
    "host claude: 1,000,000 → 500,000 tokens (0 used, window day)\n",
  ])
  const without = await host.run("budget", "set", "host", "codex", "+5k")
  expect([without.exitCode, without.stderr]).toEqual([
    1,
    "bot-bottle: error: no limit is in force for host codex, so there is nothing to raise\n" +
      "bot-bottle: hint: set one: bot-bottle budget set host codex 5k\n",
  ])
  expect((await host.run("budget", "set", "host", "codex", "5k")).exitCode).toBe(0)
  expect(await host.run("budget", "reset")).toMatchObject({ exitCode: 2, stdout: "" })
  expect((await host.run("budget", "reset", "--all")).stdout).toBe("every scope every provider: reset\n")
  const actors = JSON.parse((await host.run("audit", "--json")).stdout).map(({ actor }: { actor: string }) => actor)
  expect(actors).toEqual(["ada", "ada", "ada", "ada", "ada"])
})

test("without any budget the preflight says in words that the run is unlimited but metered", async () => {
  await using host = await openCliHost()
  await host.write("bottles/dev.md", scriptBottle("await ask()"))
  await host.write("agents/impl.md", agentIn("dev"))
  const { stdout } = await host.run("start", "impl", "--dry-run", "--headless", "--prompt", "x")
  expect(stdout).toContain("claude: no limit (usage is recorded)")
})

test("a bottles/ folder in a repository is warned about and used for nothing", async () => {
  await using host = await openCliHost()
  await host.write("agents/impl.md", agentIn("evil"))
  await Bun.write(join(host.cwd, ".bot-bottle/bottles/evil.md"), scriptBottle("await ask()"))
  const result = await host.run("start", "impl", "--headless", "--prompt", "x")
  expect([result.exitCode, result.stdout]).toEqual([1, ""])
  expect(result.stderr).toMatch(/^bot-bottle: warning: .*\.bot-bottle\/bottles/m)
})

/** The command line on a machine like this one, but for the missing program. */
function runWithoutBubblewrap({ cwd, env }: CliHost, args: readonly string[]): Promise<ProgramResult> {
  const bwrap = realpathSync(Bun.which("bwrap") ?? "")
  const argv = [bwrap, "--dev-bind", "/", "/", "--ro-bind", "/dev/null", bwrap, "--", ...CLI, ...args]
  return runProgram(argv, { cwd, env })
}

test("doctor --probe: a bottle that cannot start has a reason in its row", async () => {
  await using host = await openCliHost()
  const bwrap = realpathSync(Bun.which("bwrap") ?? "")
  const folder = realpathSync(mkdtempSync(join(tmpdir(), "bb-broken-")))
  chmodSync(folder, 0o755)
  const [real, broken] = [join(folder, "real"), join(folder, "broken")]
  copyFileSync(bwrap, real)
  // Only a bottle has a filter of system calls: the look at the host before it passes.
  const script = `#!/bin/sh\ncase "$*" in *--seccomp*) echo "bwrap: planted reason" >&2; exit 1;; esac\nexec ${real} "$@"\n`
  writeFileSync(broken, script, { mode: 0o755 })
  try {
    const argv = [
      bwrap,
      "--dev-bind",
      "/",
      "/",
      "--ro-bind",
      broken,
      bwrap,
      "--",
      ...CLI,
      "doctor",
      "--probe",
      "--json",
    ]
    const { stdout } = await runProgram(argv, { cwd: host.cwd, env: host.env })
    const { ok, rows } = JSON.parse(stdout)
    const row = rows.find(({ backend }: { backend: string }) => backend === "bwrap")
    expect([ok, row.name, row.seen]).toEqual([false, "bottle", expect.stringContaining("bwrap: planted reason")])
  } finally {
    rmSync(folder, { recursive: true })
  }
})

test("doctor --probe: a throwaway bottle's walls as a table and for machines, and nothing kept", async () => {
  await using host = await openCliHost()
  const before = readdirSync("/tmp").filter((name) => name.startsWith("bot-bottle-probe-"))
  const { exitCode, stdout } = await host.run("doctor", "--probe", "--json")
  const { ok, rows } = JSON.parse(stdout)
  const ofBwrap = rows.filter(({ backend }: { backend: string }) => backend === "bwrap")
  expect({
    exitCode,
    ok,
    walls: ofBwrap.map(({ name, seen }: { name: string; seen: string }) => [name, seen]),
  }).toEqual({
    exitCode: 0,
    ok: true,
    walls: [
      ["listed host", "200"],
      ["unlisted host", "403 host-not-allowed"],
      ["raw IP", "no route"],
      ["DNS", "no such name"],
      ["IPv6", "no route"],
      ["UDP", "no route"],
      ["fronted SNI", "closed"],
    ],
  })
  const table = await host.run("doctor", "--probe")
  expect([table.exitCode, table.stdout]).toEqual([
    0,
    expect.stringMatching(/^BACKEND +CHECK +EXPECTED +SEEN +RESULT\nbwrap +listed host +200 +200 +ok\n/),
  ])
  expect(readdirSync("/tmp").filter((name) => name.startsWith("bot-bottle-probe-"))).toEqual(before)

  const without = await runWithoutBubblewrap(host, ["doctor", "--probe"])
  expect([without.exitCode, without.stderr]).toEqual([3, expect.stringContaining("No isolation available")])
})
