// A host whose agent is a shell script that comes as the prompt, and a project with a
// repository for it to work on.

import { mkdir, writeFile } from "node:fs/promises"
import { join } from "node:path"
import { type Program, type ProgramResult, runProgram, waitFor } from "@bot-bottle/testkit"
import { agentIn, type CliHost, openCliHost, programBottle } from "../cli/cli-host.ts"

export interface WorkspaceHost extends CliHost {
  /** A run that is over, by its slug. */
  work(script: string, ...flags: readonly string[]): Promise<{ readonly slug: string; readonly result: ProgramResult }>
  /** A run whose agent has said "ready", and whose launcher has said its name. */
  begin(script: string, ...flags: readonly string[]): Promise<Program>
  git(...args: readonly string[]): Promise<string>
}

export async function openWorkspaceHost({ repository = true } = {}): Promise<WorkspaceHost> {
  const host = await openCliHost()
  await host.write("bottles/dev.md", programBottle(["/bin/sh", "-c"]))
  await host.write("agents/impl.md", agentIn("dev"))
  const git = async (...args: readonly string[]) => {
    const who = ["-c", "user.name=n", "-c", "user.email=e@example.com"]
    const { exitCode, stdout, stderr } = await runProgram(["git", ...who, ...args], {
      cwd: host.cwd,
      env: { HOME: host.root },
    })
    if (exitCode !== 0) throw new Error(`git ${args.join(" ")}: ${stderr}`)
    return stdout
  }
  await mkdir(join(host.cwd, "src"))
  await writeFile(join(host.cwd, "src/main.txt"), "one\ntwo\nthree\n")
  await writeFile(join(host.cwd, "README.md"), "read me\n")
  await writeFile(join(host.cwd, ".gitignore"), "node_modules\n")
  if (repository) {
    await git("init", "-q", "-b", "main")
    await git("add", ".")
    await git("commit", "-qm", "first")
  }
  const launch = (script: string, flags: readonly string[]) => [
    "start",
    "impl",
    "--headless",
    "--prompt",
    script,
    ...flags,
  ]
  return {
    ...host,
    git,
    async work(script, ...flags) {
      const result = await host.run(...launch(script, flags))
      return { slug: result.stderr.match(/run (\S+) started/)?.[1] ?? "", result }
    },
    async begin(script, ...flags) {
      const program = host.start(...launch(script, flags))
      await program.untilStdout(/ready/)
      // Two streams: the agent's word may be here first.
      await waitFor("the run's name", () => /run \S+ started/.test(program.stderr))
      return program
    },
  }
}
