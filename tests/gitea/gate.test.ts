// The git gate before a real Gitea, from a bottle. One push is taken; the gate or the forge refuses the
// others, and the agent reads why in Git's own words.

import { expect, test } from "bun:test"
import { dirname } from "node:path"
import { GITLEAKS, runProgram } from "@bot-bottle/testkit"
import { agentIn, openCliHost, programBottle } from "../e2e/cli/cli-host.ts"
import { WHY_NO_GITEA } from "./real-gitea.ts"
import { openWidgets } from "./widgets.ts"

const KEY = ["AKIA", "Q3EGRTWZPL6NVXKD"].join("")
const AGENT = `
set -eu
git clone --quiet http://git.bot-bottle.internal/acme/widgets.git "$HOME/repo"; cd "$HOME/repo"
git checkout --quiet -b "$BOT_BOTTLE_BRANCH"
try() { echo "== $1"; shift; git push --quiet origin "$@" 2>&1 | grep remote: || true; }
echo green > widget.txt; git add .; git commit --quiet -m green
try main HEAD:main
try other HEAD:bot-bottle/other-abc12/work
try own HEAD
mkdir -p .gitea/workflows; echo 'on: push' > .gitea/workflows/x.yml; git add .; git commit --quiet -m workflow
try workflow HEAD
git reset --quiet --hard HEAD~1; printf '${KEY.slice(0, 4)}%s' '${KEY.slice(4)}' | sed 's/.*/aws_access_key_id = "&"/' > secret.py; git add .; git commit --quiet -m secret
try secret HEAD
git reset --quiet --hard HEAD~1; git commit --quiet --amend --allow-empty -m rewritten
try rewritten --force HEAD
forge done success pushed >/dev/null
`

test.skipIf(WHY_NO_GITEA !== undefined)(
  `pushes that a real Gitea gets, and pushes that it refuses (${WHY_NO_GITEA ?? "1.26"})`,
  async () => {
    await using widgets = await openWidgets()
    const { gitea, botToken, repo } = widgets
    await repo("POST", "/branch_protections", {
      rule_name: "bot-bottle/**",
      enable_push: true,
      protected_file_patterns: ".gitea/workflows/**;.github/workflows/**",
    })
    const number = await widgets.addIssue({ title: "Widget is blue", body: "" })
    const path = `${GITLEAKS === undefined ? "" : `${dirname(GITLEAKS)}:`}/usr/local/bin:/usr/bin:/bin`
    const env = {
      PATH: path,
      FORGE_GITEA_API: gitea.api,
      FORGE_TOKEN: botToken,
      FORGE_OWNER: "acme",
      FORGE_REPO: "widgets",
    }
    await using host = await openCliHost({ env })
    const git = "git: { user: { name: Fixer, email: fixer@example.test } }\nforge: { allow_workflows: true }\n"
    await host.write("bottles/dev.md", programBottle(["/bin/sh", "-c", AGENT, "agent"], git))
    await host.write("agents/fixer.md", agentIn("dev"))

    const run = await host.run("orchestrate", "start", "--agent", "fixer", "--issue", `${number}`, "--prompt", "push")
    expect([run.exitCode, run.stderr]).toEqual([0, expect.stringContaining(`posted the summary to #${number}`)])
    const said = Object.fromEntries(
      run.stdout
        .split(/^== /m)
        .slice(1)
        .map((part) => part.split(/\n([\s\S]*)/) as [string, string]),
    )
    expect(said["main"]).toContain("gate: push to a branch of this run: bot-bottle/fixer-")
    expect(said["other"]).toContain("gate: push to a branch of this run")
    expect(said["own"]).not.toContain("gate:")
    expect(said["workflow"]).toContain("gate: the remote refused the push")
    expect(said["workflow"]).toContain("is protected from changing file .gitea/workflows/x.yml")
    if (GITLEAKS !== undefined) expect(said["secret"]).toContain('aws-access-token in "secret.py"')
    expect(said["rewritten"]).toContain("gate: history is not rewritten through the gate")
    for (const hidden of [botToken, gitea.origin]) expect(run.stdout).not.toContain(hidden)

    const refs = await listRefs(`${gitea.origin.replace("http://", `http://x:${botToken}@`)}/acme/widgets.git`)
    const own = refs.find(({ ref }) => ref.startsWith("refs/heads/bot-bottle/"))
    expect(refs.map(({ ref }) => ref).toSorted()).toEqual(
      ["HEAD", own?.ref ?? "", "refs/heads/main", "refs/notes/bot-bottle"].toSorted(),
    )
    const why = JSON.parse((await host.run("why-commit", own?.oid ?? "", "--json")).stdout)
    expect(why).toMatchObject({ commit: own?.oid, ref: own?.ref, repository: "acme/widgets" })
    expect((await widgets.comments(number)).map(({ user, body }) => [user, body.includes("Run provenance")])).toEqual([
      ["runbot", true],
    ])
  },
  90_000,
)

async function listRefs(url: string): Promise<readonly { readonly oid: string; readonly ref: string }[]> {
  const { stdout } = await runProgram(["git", "ls-remote", url])
  return stdout
    .trim()
    .split("\n")
    .map((line) => {
      const [oid = "", ref = ""] = line.split("\t")
      return { oid, ref }
    })
}
