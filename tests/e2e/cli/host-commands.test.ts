// The commands around runs: init, info, doctor, dry runs and the demo.

import { expect, test } from "bun:test"
import { chmodSync, existsSync, mkdirSync, readdirSync, realpathSync, statSync } from "node:fs"
import { join } from "node:path"
import { runProgram } from "@bot-bottle/testkit"
import { agentIn, CLI, openCliHost, REAL_KEY, scriptBottle } from "./cli-host.ts"

test("a repository's agents that may not be read are a warning, for root as for anybody", async () => {
  await using host = await openCliHost()
  await host.write("agents/impl.md", "---\n---\n")
  const offered = join(host.cwd, ".bot-bottle")
  mkdirSync(offered)
  chmodSync(offered, 0)
  // In a user namespace of its own even root has to keep to the mode.
  const anybody = ["bwrap", "--dev-bind", "/", "/", "--unshare-user", "--uid", "1000", "--gid", "1000"]
  const info = await runProgram([...anybody, ...CLI, "info"], { cwd: host.cwd, env: host.env })
  chmodSync(offered, 0o700)
  expect([info.exitCode, info.stdout.includes("impl"), info.stderr]).toEqual([
    0,
    true,
    `bot-bottle: warning: ${offered} cannot be read: permission denied\n`,
  ])
})

test("demo: holds, says so, and leaves nothing", async () => {
  await using host = await openCliHost()
  // A folder of its own: other tests show the demo as well.
  const env = { ...host.env, TMPDIR: host.cwd }
  const { exitCode, stdout, stderr } = await runProgram([...CLI, "demo"], { cwd: host.cwd, env })
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
  expect(readdirSync(host.cwd)).toEqual([])
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

test("a folder larger than workspace_limit is copied only when a flag says so", async () => {
  await using host = await openCliHost()
  await host.write("bottles/dev.md", `${scriptBottle("await ask()", "workspace: copy\n")}`)
  await host.write("agents/impl.md", agentIn("dev"))
  await Bun.write(join(host.cwd, "large.bin"), new Uint8Array(20_000))
  const look = (...flags: readonly string[]) =>
    host.run("start", "impl", "--headless", "--prompt", "x", "--dry-run", ...flags)
  expect((await look()).exitCode).toBe(0)
  await host.write("settings.yml", "workspace_limit: 10k\n")
  const refused = await look()
  expect([refused.exitCode, refused.stderr]).toEqual([
    1,
    expect.stringContaining("holds more than 10 KiB, the workspace_limit of settings.yml"),
  ])
  expect((await look("--cwd")).exitCode).toBe(0)
})

test.each([
  ["above the host folder", (root: string) => join(root, "..")],
  ["in the host folder", (root: string) => join(root, "agents")],
] as const)("--cwd %s: a dry run refuses it as a start does", async (_, folderOf) => {
  await using host = await openCliHost()
  await host.write("bottles/dev.md", scriptBottle("await ask()"))
  await host.write("agents/impl.md", agentIn("dev"))
  const cwd = folderOf(host.root)
  const look = (...flags: readonly string[]) =>
    runProgram([...CLI, "start", "impl", "--headless", "--prompt", "x", "--cwd", ...flags], { cwd, env: host.env })
  const refused = {
    exitCode: 1,
    stdout: "",
    stderr: expect.stringContaining(`${realpathSync(cwd)} holds bot-bottle's own files and cannot be a workspace`),
  }
  const results: unknown = [await look("--dry-run"), await look()]
  expect(results).toEqual([refused, refused])
  expect(JSON.parse((await host.run("list", "--all", "--json")).stdout)).toEqual([])
})

test("a bottles/ folder in a repository is warned about and used for nothing", async () => {
  await using host = await openCliHost()
  await host.write("agents/impl.md", agentIn("evil"))
  await Bun.write(join(host.cwd, ".bot-bottle/bottles/evil.md"), scriptBottle("await ask()"))
  const result = await host.run("start", "impl", "--headless", "--prompt", "x")
  expect([result.exitCode, result.stdout]).toEqual([1, ""])
  expect(result.stderr).toMatch(/^bot-bottle: warning: .*\.bot-bottle\/bottles/m)
})
