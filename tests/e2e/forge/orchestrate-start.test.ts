// `orchestrate start` by hand: one run for one issue, with everything real but the forge and the
// model provider.

import { expect, test } from "bun:test"
import { runProgram, waitFor } from "@bot-bottle/testkit"
import { CLI } from "../cli/cli-host.ts"
import { type ForgeHost, openForgeHost } from "./forge-host.ts"

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

const SILENT_ONCE_TOLD = `
until forge read-comments 1 | grep -q 'be silent'; do sleep 0.2; done
sleep 600
`

test("an agent that is silent for too long is frozen, and the summary says so; status shows it with its addresses", async () => {
  await using host = await openForgeHost(SILENT_ONCE_TOLD)
  const { number } = host.addIssue()
  const started = host.cli.start(...startArguments(number), "--watchdog-timeout", "3s")
  const issue_url = `${host.gitea.origin}/acme/widgets/issues/1`
  await waitFor("the run to be listed", async () => (await status(host))[0]?.["status"] === "running")
  expect(await status(host)).toMatchObject([
    { owner: "acme", repo: "widgets", issue_number: 1, issue_url, pr_number: null, pr_url: null, agent: "fixer" },
  ])
  host.gitea.world.addComment(number, "alice", "be silent")
  const { exitCode, stderr } = await started.result
  expect(stderr).toContain("posted the summary to #1")
  expect(exitCode).not.toBe(0)
  const [, comment] = host.gitea.world.issues.get(number)?.comments ?? []
  expect(comment?.body).toMatch(/^\*\*The run stopped on its own:\*\* the agent has not used the forge for \d+ s\./)
  expect(comment?.body).toContain("| done signal | watchdog — agent did not signal |")
  expect(await status(host)).toMatchObject([
    { status: "frozen", issue_url, last_checkin_at: expect.stringMatching(/^20/) },
  ])
  const table = (await host.cli.run("orchestrate", "status")).stdout
  expect(table).toMatch(/^ISSUE +PR +STATUS +RUN +TOKENS +LAST CHECK-IN +ADDRESS\nacme\/widgets#1 +– +frozen +fixer-/)
  expect(table).toContain(issue_url)
}, 60_000)

test("a forge that is down at the end is named, and the run is kept", async () => {
  await using host = await openForgeHost("forge done success green")
  const { number } = host.addIssue()
  // The first call is made before anything is started.
  host.gitea.interrupt.push(host.gitea.answer, () => new Response(null, { status: 502 }))
  const run = await host.cli.run(...startArguments(number))
  expect([run.exitCode, run.stderr]).toEqual([
    1,
    expect.stringMatching(
      /error: the summary of fixer-\w+ could not be posted: GET \/repos\/acme\/widgets\/issues\/1: the forge answered 502/,
    ),
  ])
  expect(run.stderr).toContain("hint: the run and its branch are kept: bot-bottle orchestrate resume --slug fixer-")
}, 60_000)

test("a forge that does not answer at the end is named while the summary waits for it; a stop ends the wait", async () => {
  await using host = await openForgeHost("forge done success green")
  const { number } = host.addIssue()
  host.gitea.interrupt.push(host.gitea.answer, () => new Promise(() => {}))
  await using started = host.cli.start(...startArguments(number))
  // A whole run comes before it.
  await waitFor("the line", () => started.stderr.includes("posting the summary"), { deadlineMs: 45_000 })
  started.kill("SIGINT")
  expect((await started.result).exitCode).toBe(130)
}, 60_000)

const PROXYLESS = `
unset http_proxy https_proxy all_proxy HTTP_PROXY HTTPS_PROXY ALL_PROXY
git ls-remote http://git.bot-bottle.internal/acme/widgets.git HEAD | cut -f2
for name in forge git other; do curl -s -o /dev/null -w "$name %{http_code}\\n" http://$name.bot-bottle.internal/ || echo "$name nowhere"; done
forge done success looked >/dev/null
`

test("programs without a proxy's variables reach the forge's names as well, and no other name of ours", async () => {
  await using host = await openForgeHost(PROXYLESS)
  const { number } = host.addIssue()
  expect((await host.cli.run(...startArguments(number))).stdout).toBe("HEAD\nforge 404\ngit 404\nother 403\n")
}, 60_000)

test.each([
  ["a wrong token", { FORGE_TOKEN: "wrong" }, "1", "GET /repos/acme/widgets/issues/1: the forge answered 401"],
  ["an issue that is not there", {}, "99", "GET /repos/acme/widgets/issues/99: the forge answered 404"],
  [
    "an address without /api/v1",
    { FORGE_GITEA_API: "http://127.0.0.1:1" },
    "1",
    "FORGE_GITEA_API is not the address of a Gitea API",
  ],
  ["a forge that is down", { FORGE_GITEA_API: "http://127.0.0.1:1/api/v1" }, "1", "the forge cannot be reached"],
] as const)("%s is named before anything is started", async (_what, env, issue, message) => {
  await using host = await openForgeHost("exit 0")
  host.addIssue()
  const { cli } = host
  const argv = [...CLI, ...startArguments(Number(issue))]
  const run = await runProgram(argv, { cwd: cli.cwd, env: { ...cli.env, ...env } })
  expect([run.exitCode, run.stderr]).toEqual([1, expect.stringContaining(message)])
  expect(run.stderr).toContain("hint: ")
  expect(await host.ledger.listRuns({ all: true })).toEqual([])
})

test("a forge that does not answer is named while the start waits for it", async () => {
  await using host = await openForgeHost("exit 0")
  using silent = Bun.listen({ hostname: "127.0.0.1", port: 0, socket: { data() {} } })
  const api = `http://127.0.0.1:${silent.port}/api/v1`
  const started = host.cli.start(...startArguments(1), "--api", api)
  await waitFor("the line", async () => started.stderr.includes("asking the forge"))
  started.kill()
  expect(await started.result).toMatchObject({ exitCode: 143, stderr: "bot-bottle: asking the forge\n" })
}, 30_000)

function startArguments(issue: number): readonly string[] {
  return ["orchestrate", "start", "--agent", "fixer", "--issue", `${issue}`, "--prompt", "work on it"]
}

async function status({ cli }: ForgeHost): Promise<readonly Readonly<Record<string, unknown>>[]> {
  return JSON.parse((await cli.run("orchestrate", "status", "--json")).stdout)
}
