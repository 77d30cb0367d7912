import { expect, test } from "bun:test"
import { findFreePort, readJson, runProgram } from "@bot-bottle/testkit"
import { CLI } from "../cli/cli-host.ts"
import { type ForgeHost, HOOK_SECRET, openForgeHost } from "./forge-host.ts"

test("doctor --forge: what holds on the live server, and the step for what does not", async () => {
  await using host = await openForgeHost("exit 0")
  const { gitea, cli } = host
  expect((await findings(host)).slice(0, 9)).toEqual([
    "ok server: Gitea 1.26.0",
    "ok bot account: runbot",
    "ok token scopes: read:organization, read:user, write:issue, write:repository",
    "ok organization: runbot is a member of bot-bottle",
    "ok repository: runbot may read and push; default branch main",
    "ok labels: for fixer",
    "note webhook: only an administrator of the repository can see it",
    "note test delivery: not checked: only an administrator can ask for it",
    "note branch protection: only an administrator of the repository can see it",
  ])
  expect(gitea.calls.map(({ method }) => method)).not.toContain("POST")
  gitea.world.members.delete("runbot")
  const without = await cli.run("doctor", "--forge")
  expect([without.exitCode, without.stdout]).toEqual([1, expect.stringContaining("add runbot to bot-bottle")])
  for (const secret of [gitea.token, HOOK_SECRET]) expect(without.stdout + without.stderr).not.toContain(secret)
}, 30_000)

test("doctor --forge: a wrong token is the bot account's row, and the server still answers", async () => {
  await using host = await openForgeHost("exit 0")
  expect((await findings(host, { FORGE_TOKEN: "wrong" })).slice(0, 2)).toEqual([
    "ok server: Gitea answers",
    expect.stringContaining("fail bot account: GET /user: the forge answered 401"),
  ])
})

test.each([
  [{ FORGE_TOKEN: "" }, "FORGE_TOKEN is not set"],
  [{ FORGE_GITEA_API: "" }, "FORGE_GITEA_API is not set"],
  [{ FORGE_GITEA_API: "https://gitea.example.com" }, "FORGE_GITEA_API is not the address of a Gitea API"],
  [{ FORGE_OWNER: "" }, "no repository is named"],
] as const)("doctor --forge with %j names what is not set", async (env, message) => {
  await using host = await openForgeHost("exit 0")
  const run = await doctor(host, env)
  expect([run.exitCode, run.stderr]).toEqual([1, expect.stringContaining(message)])
})

const EVENTS = ["issues", "issue_comment", "pull_request", "pull_request_comment", "pull_request_review", "push"]

test("doctor --forge: a test delivery arrives at the running serve, and its absence names ALLOWED_HOST_LIST", async () => {
  await using host = await openForgeHost("exit 0")
  const { gitea, cli } = host
  const program = cli.start("orchestrate", "serve", "--repo", "ACME/widgets", "--listen", "127.0.0.1:0")
  try {
    const [, url = ""] = await program.untilStdout(/listening on (http:\S+),/)
    const at = new URL(url).href
    gitea.world.webhooks.push({ id: 1, url: at, secret: HOOK_SECRET, events: EVENTS })
    expect(await delivery(host)).toBe(`ok test delivery: it arrived at ${at}`)
    gitea.world.deliversWebhooks = false
    const mute = `fail test delivery: it did not arrive at ${at}`
    expect(await delivery(host)).toBe(mute)
    expect((await doctor(host, { FORGE_ADMIN_TOKEN: gitea.adminToken })).stdout).toContain(
      "below [webhook]: ALLOWED_HOST_LIST = external, 127.0.0.1,",
    )
    gitea.world.deliversWebhooks = true
    gitea.world.webhooks[0] = { id: 1, url: at, secret: "another", events: EVENTS }
    expect(await delivery(host)).toBe(mute)
    expect(program.stdout).toContain("webhook: refused: the signature is missing or wrong")
  } finally {
    program.kill()
    await program.result
  }
}, 60_000)

// biome-ignore format: a table
test.each([
  ["the secret of serve",       { secret: HOOK_SECRET },               "ok test delivery: it arrived at URL"],
  ["another secret",            { secret: "another" },                 "fail test delivery: it arrived at URL, and is not signed with FORGE_WEBHOOK_SECRET"],
  ["another path",              { secret: HOOK_SECRET, path: "hook" }, "fail test delivery: it arrived at /hook, where serve does not listen"],
] as const)("doctor --forge without a serve listens at the webhook's address itself: %s", async (_what, own, finding) => {
  await using host = await openForgeHost("exit 0")
  const url = `http://127.0.0.1:${findFreePort()}/${"path" in own ? own.path : ""}`
  host.gitea.world.webhooks.push({ id: 1, url, secret: own.secret, events: EVENTS })
  expect(await delivery(host)).toBe(finding.replace("URL", url))
}, 30_000)

// biome-ignore format: a table
test.each([
  ["another host's",           "http://192.0.2.1:8480/",  EVENTS,      "serve does not run on this host, and http://192.0.2.1:8480/ is not an address of it"],
  ["one that TLS protects",    "https://127.0.0.1:8480/", EVENTS,      "serve does not run on this host, and https://127.0.0.1:8480/ is not an address of it"],
  ["told of no pushes",        "http://127.0.0.1:8480/",  ["issues"],  "it is a push, and http://127.0.0.1:8480/ does not receive every push"],
] as const)("doctor --forge asks for no test delivery when the webhook is %s", async (_what, url, events, why) => {
  await using host = await openForgeHost("exit 0")
  host.gitea.world.webhooks.push({ id: 1, url, secret: HOOK_SECRET, events })
  expect(await delivery(host)).toBe(`note test delivery: not checked: ${why}`)
  expect(host.gitea.calls.map(({ method }) => method)).not.toContain("POST")
})

async function delivery(host: ForgeHost): Promise<string | undefined> {
  const all = await findings(host, { FORGE_ADMIN_TOKEN: host.gitea.adminToken })
  return all.find((one) => one.includes("test delivery:"))
}

function doctor({ cli }: ForgeHost, env: Readonly<Record<string, string>>) {
  return runProgram([...CLI, "doctor", "--forge", "--json"], { cwd: cli.cwd, env: { ...cli.env, ...env } })
}

async function findings(host: ForgeHost, env: Readonly<Record<string, string>> = {}): Promise<readonly string[]> {
  const { checks } = readJson((await doctor(host, env)).stdout, {
    checks: [{ check: "string", state: "string", detail: "string" }],
  })
  return checks.map(({ check, state, detail }) => `${state} ${check}: ${detail}`)
}
