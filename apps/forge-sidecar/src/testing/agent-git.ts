// An agent's Git before the gate: a clone in a folder of its own, and what a push said.

import { join } from "node:path"
import { runProgram } from "@bot-bottle/testkit"
import type { TestGate } from "./test-sidecar.ts"

export interface AgentGit {
  readonly folder: string
  run(...args: readonly string[]): Promise<AgentGitResult>
  /** Throws when Git fails. */
  do(...args: readonly string[]): Promise<string>
  write(path: string, content: string | Uint8Array): Promise<void>
  /** Adds everything and commits it. */
  commit(message: string): Promise<string>
}

export interface AgentGitResult {
  readonly exitCode: number
  readonly said: string
}

export const OWN_BRANCH = "bot-bottle/fixer-abc12/work"

export async function cloneAsAgent({ sidecar }: TestGate, name = "clone"): Promise<AgentGit> {
  const folder = join(sidecar.root, name)
  const env = {
    HOME: sidecar.root,
    GIT_CONFIG_NOSYSTEM: "1",
    GIT_TERMINAL_PROMPT: "0",
    GIT_AUTHOR_NAME: "Fixer",
    GIT_AUTHOR_EMAIL: "fixer@example.test",
    GIT_COMMITTER_NAME: "Fixer",
    GIT_COMMITTER_EMAIL: "fixer@example.test",
  }
  const git = (cwd: string, args: readonly string[]) => runProgram(["git", ...args], { cwd, env })
  const cloned = await git(sidecar.root, ["clone", "--quiet", `${sidecar.doors.git}/acme/widgets.git`, folder])
  if (cloned.exitCode !== 0) throw new Error(cloned.stderr)

  const run = async (...args: readonly string[]) => {
    const { exitCode, stdout, stderr } = await git(folder, args)
    return { exitCode, said: `${stdout}${stderr}`.trim() }
  }
  const doIt = async (...args: readonly string[]) => {
    const { exitCode, said } = await run(...args)
    if (exitCode !== 0) throw new Error(`git ${args.join(" ")}: ${said}`)
    return said
  }
  await doIt("checkout", "--quiet", "-b", OWN_BRANCH)
  return {
    folder,
    run,
    do: doIt,
    async write(path, content) {
      await Bun.write(join(folder, path), content)
    },
    async commit(message) {
      await doIt("add", "--all")
      await doIt("commit", "--quiet", "--allow-empty", "--message", message)
      return doIt("rev-parse", "HEAD")
    },
  }
}
