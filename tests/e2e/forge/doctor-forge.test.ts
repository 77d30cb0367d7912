import { expect, test } from "bun:test"
import { runProgram } from "@bot-bottle/testkit"
import { CLI } from "../cli/cli-host.ts"
import { type ForgeHost, HOOK_SECRET, openForgeHost } from "./forge-host.ts"

test("doctor --forge: what holds on the live server, and the step for what does not", async () => {
  await using host = await openForgeHost("exit 0")
  const { gitea, cli } = host
  expect((await findings(host)).slice(0, 8)).toEqual([
    "ok server: Gitea 1.26.0",
    "ok bot account: runbot",
    "ok token scopes: read:organization, read:user, write:issue, write:repository",
    "ok organization: runbot is a member of bot-bottle",
    "ok repository: runbot may read and push; default branch main",
    "ok labels: for fixer",
    "note webhook: only an administrator of the repository can see it",
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

function doctor({ cli }: ForgeHost, env: Readonly<Record<string, string>>) {
  return runProgram([...CLI, "doctor", "--forge", "--json"], { cwd: cli.cwd, env: { ...cli.env, ...env } })
}

async function findings(host: ForgeHost, env: Readonly<Record<string, string>> = {}): Promise<readonly string[]> {
  const { checks } = JSON.parse((await doctor(host, env)).stdout) as {
    checks: { check: string; state: string; detail: string }[]
  }
  return checks.map(({ check, state, detail }) => `${state} ${check}: ${detail}`)
}
