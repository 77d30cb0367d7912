// docs/forge.md, followed literally: its calls are run as they stand against a Gitea that has nothing but
// a repository and a person. `doctor --forge` names the missing step before, and nothing after.

import { expect, test } from "bun:test"
import { join, resolve } from "node:path"
import { findFreePort, openTempFolder, readJson, runProgram } from "@bot-bottle/testkit"
import { CLI } from "../e2e/cli/cli-host.ts"
import { openRealGitea, type RealGitea, WHY_NO_GITEA } from "./real-gitea.ts"

const GUIDE = resolve(import.meta.dir, "../../docs/forge.md")

test.skipIf(WHY_NO_GITEA !== undefined)(
  `the guide's calls set up a real Gitea, and doctor agrees step by step (${WHY_NO_GITEA ?? "1.26"})`,
  async () => {
    await using gitea = await openRealGitea()
    await using folder = await openTempFolder()
    await begin(gitea)
    const at = `http://127.0.0.1:${findFreePort()}/`
    const env = { BOT_BOTTLE_HOME: join(folder.path, "root"), FORGE_GITEA_API: gitea.api, FORGE_WEBHOOK_SECRET: "s" }
    await runProgram([...CLI, "init"], { cwd: folder.path, env })
    const { preamble, steps } = await readGuide()
    const values = { ADMIN: gitea.adminToken, FORGE_WEBHOOK_SECRET: "s", PATH: "/usr/bin:/bin" }
    const run = async (script: string) => {
      const words = [
        "bash",
        "-euo",
        "pipefail",
        "-c",
        `${preamble.replace("https://gitea.example.com/api/v1", gitea.api)}\n${script.replace("http://127.0.0.1:8480/", at)}`,
      ]
      const { exitCode, stdout, stderr } = await runProgram(words, { cwd: folder.path, env: values })
      if (exitCode !== 0) throw new Error(`${script}\n${stderr}${stdout}`)
      return stdout
    }
    const failing = async (token: string) => {
      const argv = [...CLI, "doctor", "--forge", "--repo", "acme/widgets", "--json"]
      const own = { ...env, FORGE_TOKEN: token, FORGE_ADMIN_TOKEN: gitea.adminToken }
      const report = readJson((await runProgram(argv, { cwd: folder.path, env: own })).stdout, {
        checks: [{ check: "string", state: "string" }],
      })
      return report.checks
        .filter(({ check, state }) => state !== "ok" && check !== "gitleaks")
        .map(({ check }) => check)
    }

    await run(steps[1] ?? "")
    const made = await run((steps[2] ?? "").replace(/^export FORGE_TOKEN=.*$/m, ""))
    const token = /"sha1":"(\w+)"/.exec(made)?.[1] ?? ""
    expect(await failing(token)).toEqual([
      "organization",
      "labels",
      "webhook",
      "test delivery",
      "bot branches",
      "default branch",
    ])
    const team = /\/teams\/ID\//.test(steps[3] ?? "") ? await run(teamOf(steps[3] ?? "").first) : ""
    await run(teamOf(steps[3] ?? "").rest.replaceAll("ID", /"id":(\d+),"name":"operators"/.exec(team)?.[1] ?? ""))
    await run(steps[4] ?? "")
    expect(await failing(token)).toEqual(["webhook", "test delivery", "bot branches", "default branch"])
    await run(steps[6] ?? "")
    await run(steps[7] ?? "")
    expect(await failing(token)).toEqual([])
  },
  60_000,
)

/** A forge as people have one before they read the guide. */
async function begin({ call }: RealGitea): Promise<void> {
  const password = "a-password-of-this-test"
  await call("POST", "/admin/users", {
    username: "alice",
    email: "alice@example.test",
    password,
    must_change_password: false,
  })
  await call("POST", "/orgs", { username: "acme" })
  await call("POST", "/orgs/acme/repos", { name: "widgets", private: true, auto_init: true, default_branch: "main" })
}

/** The shell text before the steps, and that of each step by its number. */
async function readGuide(): Promise<{ readonly preamble: string; readonly steps: Readonly<Record<number, string>> }> {
  const text = await Bun.file(GUIDE).text()
  const guide = text.slice(text.indexOf("## Point it at your Gitea"), text.indexOf("## What starts and resumes"))
  const [before = "", ...parts] = guide.split(/^(?=\d\. )/m)
  const steps = parts.map((part) => [Number(part[0]), shellOf(part)] as const)
  return { preamble: shellOf(before), steps: Object.fromEntries(steps) }
}

/** Of the first block. */
function shellOf(text: string): string {
  return (/```sh\n([\s\S]*?)\n *```/.exec(text)?.[1] ?? "").replace(/^ {3}/gm, "")
}

/** The team's id is read from the answer, so its members are added in a second run. */
function teamOf(step: string): { readonly first: string; readonly rest: string } {
  const at = step.indexOf("gitea PUT /teams/")
  return { first: step.slice(0, at), rest: step.slice(at) }
}
