// What a harness that is not one of ours is given: a plugin of the operator's, the agent's body,
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
  await chmod(join(host.root, "contrib/acme"), 0o777)
  const refused = await host.run("start", "a", "--headless", "--prompt", "go on")
  expect([refused.exitCode, refused.stdout]).toEqual([1, ""])
  expect(refused.stderr).toContain("acme can be written by other users (mode 0777)")
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
