// A developer's day in a container. The tests workshop, git-settings and workspace-secrets claim
// the same for bubblewrap.

import { expect, test } from "bun:test"
import { mkdirSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { DOCKER } from "@bot-bottle/bottle/testing"
import { runProgram } from "@bot-bottle/testkit"
import { agentIn, CLI, openCliHost, programBottle } from "../e2e/cli/cli-host.ts"
import { describeIsolated } from "./require-isolation.ts"

const ENGINE = Bun.env["DOCKER_HOST"] === undefined ? {} : { DOCKER_HOST: Bun.env["DOCKER_HOST"] }
const SCRIPT = [
  "for at in /dev/shm /var/tmp /tmp; do head -c 100000000 /dev/zero >$at/large && stat -c %s $at/large; rm $at/large; done",
  "cat .env 2>&1 | grep -c PLANTED",
  "touch kept.txt overlooked.tmp",
  "git add -A && git commit -qm x && git log -1 --format='%an <%ae>' && git show --stat --format= | cat",
].join("; ")

await describeIsolated("docker, a developer's day", DOCKER.create(), () => {
  test("room in memory, no secrets, the operator's name and rules, no signature", async () => {
    await using host = await openCliHost({ settings: "backend: docker\n", env: ENGINE })
    const home = join(host.root, "../home")
    mkdirSync(home)
    writeFileSync(
      join(home, ".gitconfig"),
      "[user]\n\tname = Ada L\n\temail = ada@example.com\n[core]\n\texcludesFile = ~/rules\n",
    )
    writeFileSync(join(home, "rules"), "*.tmp\n")
    writeFileSync(join(host.cwd, ".env"), "PLANTED\n")
    await runProgram(["git", "init", "-q", host.cwd])
    await runProgram(["git", "-C", host.cwd, "config", "commit.gpgSign", "true"])
    await host.write("bottles/dev.md", programBottle(["/bin/sh", "-c", SCRIPT]))
    await host.write("agents/impl.md", agentIn("dev"))
    const start = [...CLI, "start", "impl", "--headless", "--prompt", "x", "--workspace", "copy"]
    const { exitCode, stdout, stderr } = await runProgram(start, { cwd: host.cwd, env: { ...host.env, HOME: home } })
    expect({ exitCode, stdout, stderr: exitCode === 0 ? "" : stderr }).toEqual({
      exitCode: 0,
      stdout: `${"100000000\n".repeat(3)}0\nAda L <ada@example.com>\n kept.txt | 0\n 1 file changed, 0 insertions(+), 0 deletions(-)\n`,
      stderr: "",
    })
  }, 60_000)
})
