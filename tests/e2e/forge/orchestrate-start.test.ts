// `orchestrate start` by hand: one run for one issue, with everything real but the forge and the
// model provider.

import { expect, test } from "bun:test"
import { openForgeHost } from "./forge-host.ts"

const AGENT = `
forge read-issue 1 >/dev/null
clone
git checkout --quiet -b "$BOT_BOTTLE_BRANCH"
echo green > widget.txt
git add widget.txt && git commit --quiet -m 'Make the widget green'
git push --quiet origin HEAD
printf 'Closes #1\\n' | forge open-pr --title 'Make the widget green' --body-file - >/dev/null
if printf 'hello' | forge comment 500 --body-file - 2>err; then exit 9; fi
cat err
if git push origin HEAD:main 2>err; then exit 8; fi
grep 'gate:' err
env | grep -c -i -e 4f1c7a9be2d0 -e FORGE_ || true
forge done success 'It is green now. Fixes #77'
`

test("the agent reads, pushes, opens a pull request and signals; the summary is posted with a footer", async () => {
  await using host = await openForgeHost(AGENT)
  const { number } = host.addIssue()
  const run = await host.cli.run(
    "orchestrate",
    "start",
    "--agent",
    "fixer",
    "--issue",
    `${number}`,
    "--prompt",
    "work on it",
  )
  expect([run.exitCode, run.stdout, run.stderr]).toEqual([
    0,
    expect.stringMatching(
      /^forge: write to #500 denied: out of assigned scope \(writable: 1, 2\)\nremote: gate: push to a branch of this run: bot-bottle\/fixer-\w+\/<name> *\n0\nsignalled\n$/,
    ),
    expect.any(String),
  ])
  expect(await host.remote.git("for-each-ref", "--format=%(refname)", "refs/heads")).toMatch(
    /^refs\/heads\/bot-bottle\/fixer-\w+\/work\nrefs\/heads\/main$/,
  )
  const pull = host.gitea.world.issues.get(2)
  expect(pull?.comments.map(({ user }) => user)).toEqual(["runbot"])
  const body = pull?.comments[0]?.body ?? ""
  expect(body).toStartWith(
    "**The work is done.**\n\n> It is green now. F\u200dixes #77\n\n<details><summary>🔬 Run provenance</summary>",
  )
  expect(body).toContain("| exit | 0 ✓ |")
  expect(body).toContain("| done signal | sidecar `signal_done` |")
  expect(JSON.stringify([run, body])).not.toContain(host.gitea.token)
  expect((await host.cli.run("audit", "--verify")).stdout).toStartWith("audit intact")
}, 60_000)
