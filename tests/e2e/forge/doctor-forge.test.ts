import { expect, test } from "bun:test"
import { openForgeHost } from "./forge-host.ts"

test("doctor --forge: what holds on the live server, and the step for what does not", async () => {
  await using host = await openForgeHost("exit 0")
  const { gitea, cli } = host
  const findings = async () => {
    const { checks } = JSON.parse((await cli.run("doctor", "--forge", "--json")).stdout) as {
      checks: { check: string; state: string; detail: string; fix: string | null }[]
    }
    return checks.map(({ check, state, detail }) => `${state} ${check}: ${detail}`)
  }
  expect((await findings()).slice(0, 3)).toEqual([
    "ok bot account: runbot",
    "ok organization: runbot is a member of bot-bottle",
    "ok repository: readable; default branch main, 0 open issues",
  ])
  gitea.world.members.delete("runbot")
  const without = await cli.run("doctor", "--forge")
  expect([without.exitCode, without.stdout]).toEqual([1, expect.stringContaining("add runbot to bot-bottle")])
  expect(without.stdout + without.stderr).not.toContain(gitea.token)
}, 30_000)

test.each([
  [{ FORGE_TOKEN: "" }, "FORGE_TOKEN is not set"],
  [{ FORGE_GITEA_API: "" }, "FORGE_GITEA_API is not set"],
  [{ FORGE_OWNER: "" }, "no repository is named"],
] as const)("doctor --forge with %j names what is not set", async (env, message) => {
  await using host = await openForgeHost("exit 0")
  const { runProgram } = await import("@bot-bottle/testkit")
  const { CLI } = await import("../cli/cli-host.ts")
  const run = await runProgram([...CLI, "doctor", "--forge"], { cwd: host.cli.cwd, env: { ...host.cli.env, ...env } })
  expect([run.exitCode, run.stderr]).toEqual([1, expect.stringContaining(message)])
})
