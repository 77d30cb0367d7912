// Git in a bottle works as the operator has it, and takes nothing over that names a program.

import { expect, test } from "bun:test"
import { mkdirSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { runProgram } from "@bot-bottle/testkit"
import { agentIn, CLI, openCliHost, programBottle } from "../e2e/cli/cli-host.ts"

const SCRIPT = [
  "touch kept.txt overlooked.tmp",
  "git add -A",
  "git commit -qm 'by the agent'",
  "git log -1 --format='%an <%ae>'",
  "git show --stat --format= | cat",
  "git config --global user.name Agent",
  "git commit -q --allow-empty -m x",
  "git log -1 --format=%an",
].join(" && ")

test("a commit in a copy and in a bound folder has the operator's name, no signature, and none of the overlooked files", async () => {
  await using host = await openCliHost()
  const userHome = join(host.root, "../home")
  mkdirSync(userHome)
  writeFileSync(
    join(userHome, ".gitconfig"),
    "[user]\n\tname = Ada L\n\temail = ada@example.com\n\tsigningKey = x\n[core]\n\texcludesFile = ~/rules\n\tfsmonitor = touch /tmp/sprung\n[commit]\n\tgpgSign = true\n",
  )
  writeFileSync(join(userHome, "rules"), "*.tmp\n")
  const env = { ...host.env, HOME: userHome }
  await host.write("bottles/dev.md", programBottle(["/bin/sh", "-c", SCRIPT]))
  await host.write("agents/impl.md", agentIn("dev"))
  for (const workspace of ["copy", "bind"]) {
    const cwd = join(host.cwd, workspace)
    await runProgram(["git", "init", "-q", cwd])
    await runProgram(["git", "-C", cwd, "config", "commit.gpgSign", "true"])
    const start = [...CLI, "start", "impl", "--headless", "--prompt", "x", "--workspace", workspace]
    const { exitCode, stdout, stderr } = await runProgram(start, { cwd, env })
    expect({ workspace, exitCode, stdout, stderr: exitCode === 0 ? "" : stderr }).toEqual({
      workspace,
      exitCode: 0,
      stdout: "Ada L <ada@example.com>\n kept.txt | 0\n 1 file changed, 0 insertions(+), 0 deletions(-)\nAgent\n",
      stderr: "",
    })
  }
}, 60_000)
