// The inputs of a harness that is not one of ours: a plugin of the operator's, the agent's body,
// its skills, its name.

import { expect, test } from "bun:test"
import { chmod } from "node:fs/promises"
import { join, resolve } from "node:path"
import { openCliHost, programBottle } from "./cli-host.ts"

const PLUGINS = resolve(import.meta.dir, "../../../docs/plugins.md")

test("the plugin that docs/plugins.md shows runs in a bottle, with a placeholder where its key would be", async () => {
  const example = /```ts\n([\s\S]*?)```/.exec(await Bun.file(PLUGINS).text())?.[1] ?? ""
  await using host = await openCliHost({ env: { ACME_KEY: "the-real-acme-key" } })
  await host.write("contrib/acme/provider.ts", example)
  await host.write("bottles/acme.md", "---\nagent_provider: { template: acme }\nbudget: { acme: 1000 }\n---\n")
  await host.write("agents/a.md", "---\nbottle: acme\n---\n")
  const { exitCode, stdout, stderr } = await host.run("start", "a", "--headless", "--prompt", "go 'on'")
  expect({ exitCode, stdout, stderr }).toEqual({
    exitCode: 0,
    stdout: "acme was told: go 'on', with placeholder\n",
    stderr: expect.stringContaining("session ended (exit 0)"),
  })
  // A plugin's budgets are set, raised, reset and unset as ours are.
  const commands = [
    [["set", "host", "acme", "2000"], "host acme: 2,000 tokens (0 used, window total)\n"],
    [["set", "bottle:acme", "acme", "+500"], "bottle:acme acme: 1,000 → 1,500 tokens (0 used, window total)\n"],
    [["reset", "host", "acme"], "host acme: reset\n"],
    [["unset", "host", "acme"], "host acme: no longer set\n"],
  ] as const
  for (const [args, stdout] of commands)
    expect(await host.run("budget", ...args)).toEqual({ exitCode: 0, stdout, stderr: "" })
  const { slug } = JSON.parse((await host.run("list", "--all", "--json")).stdout)[0]
  expect((await host.run("budget", "set", `run:${slug}`, "acme", "9000")).exitCode).toBe(0)
  const misspelled = await host.run("budget", "set", "host", "acmee", "1")
  expect([misspelled.exitCode, misspelled.stderr]).toEqual([
    1,
    "bot-bottle: error: unknown provider 'acmee'\nbot-bottle: hint: providers: claude, codex, pi, acme, usd\n",
  ])
  await chmod(join(host.root, "contrib/acme"), 0o777)
  const refused = await host.run("start", "a", "--headless", "--prompt", "go on")
  expect([refused.exitCode, refused.stdout]).toEqual([1, ""])
  expect(refused.stderr).toContain("acme can be written by other users (mode 0777)")
})

test("the bottle's token_ref is the main provider's, and never goes to the second when the main one has no credential", async () => {
  const example = /```ts\n([\s\S]*?)```/.exec(await Bun.file(PLUGINS).text())?.[1] ?? ""
  const free = example
    .replaceAll("acme", "free")
    .replace('meters: ["free"]', 'meters: ["free", "claude"], isCredentialFree: true')
    .replace(/credentials: \[[\s\S]*?\n {2}\],/, "credentials: [],")
  await using host = await openCliHost({ env: { MINE: "sk-of-no-provider" } })
  await host.write("contrib/free/provider.ts", free)
  await host.write("bottles/free.md", "---\nagent_provider: { template: free, auth: { token_ref: MINE } }\n---\n")
  await host.write("agents/a.md", "---\nbottle: free\n---\n")
  const start = ["start", "a", "--headless", "--prompt", "go", "--dry-run"] as const
  const refused = await host.run(...start)
  expect([refused.exitCode, refused.stderr]).toEqual([
    1,
    `bot-bottle: error: ${host.root}/bottles/free.md:2: 'token_ref' names a credential, and provider 'free' uses none\nbot-bottle: hint: take 'auth' out of 'agent_provider'\n`,
  ])
  await host.write("bottles/free.md", "---\nagent_provider: { template: free }\n---\n")
  expect((await host.run(...start)).exitCode).toBe(0)
})

test("a program finds the agent's body of any length, its skills, its label and its Git identity", async () => {
  const look = [
    'wc -c < "$BOT_BOTTLE_AGENT_FILE"',
    "cat ~/.bot-bottle/skills/review/SKILL.md",
    "~/.bot-bottle/skills/review/bin/run",
    'echo "$BOT_BOTTLE_LABEL $BOT_BOTTLE_COLOR $GIT_AUTHOR_NAME $GIT_COMMITTER_EMAIL"',
  ].join("; ")
  await using host = await openCliHost()
  await host.write("bottles/look.md", programBottle(["sh", "-c", look]).replace("meters: [claude]", "meters: []"))
  await host.write(
    "agents/a.md",
    `---\nbottle: look\nskills: [review]\ngit: { user: { name: Ada, email: a@x.test } }\n---\n${"x".repeat(200_000)}`,
  )
  const missing = await host.run("start", "a", "--headless", "--prompt", "look")
  expect([missing.exitCode, missing.stderr.split("\n")[0]]).toEqual([
    1,
    `bot-bottle: error: ${host.root}/agents/a.md:3: agent 'a' skills[0] 'review': there is no such skill; looked in ${host.root}/skills/review`,
  ])
  await host.write("skills/review/SKILL.md", "# Review\n")
  await host.write("skills/review/bin/run", "#!/bin/sh\necho it runs\n")
  await chmod(join(host.root, "skills/review/bin/run"), 0o700)
  const flags = ["--label", "fix $(id)", "--color", "red"] as const
  const { exitCode, stdout } = await host.run("start", "a", "--headless", "--prompt", "look", ...flags)
  expect({ exitCode, stdout }).toEqual({
    exitCode: 0,
    stdout: "200000\n# Review\nit runs\nfix $(id) red Ada a@x.test\n",
  })
})
