// The whole story over `orchestrate serve`: an issue's webhook, a run, a pull request, a summary, a
// member's answer after a restart, and the end. Everything is real but the forge and the provider.

import { expect, test } from "bun:test"
import { readFileSync } from "node:fs"
import { readdir, readFile } from "node:fs/promises"
import { join } from "node:path"
import { type Program, runProgram, waitFor } from "@bot-bottle/testkit"
import { CLI } from "../cli/cli-host.ts"
import { type ForgeHost, HOOK_SECRET, openForgeHost } from "./forge-host.ts"

/** Works on its first prompt; a later one it answers. The file in its home tells which it is. */
const AGENT = `
grep -r -s -i -l 4f1c7a9be2d0583[6]c1a4e7f09b3d5268a7c0e1f2 /proc/*/environ /proc/*/cmdline "$HOME" /run /tmp && exit 9
curl -s -o /dev/null https://api.anthropic.com/v1/messages -H 'content-type: application/json' -H 'anthropic-version: 2023-06-01' \
  -d '{"model":"test-model","max_tokens":100,"messages":[{"role":"user","content":"hi"}]}'
curl -s -o /dev/null https://elsewhere.example/ || true
if [ -d "$HOME/repo" ]; then
  cd "$HOME/repo"; echo blue >> widget.txt; git commit --quiet -am 'And blue'; git push --quiet origin HEAD
  printf 'It is blue as well.' | forge comment 2 --body-file - >/dev/null
  forge done success 'blue'; exit 0
fi
git clone --quiet http://git.bot-bottle.internal/acme/widgets.git "$HOME/repo"; cd "$HOME/repo"
git checkout --quiet -b "$BOT_BOTTLE_BRANCH"; echo green > widget.txt; git add .; git commit --quiet -m green
git push --quiet origin HEAD
printf 'Closes #1' | forge open-pr --title 'Make it green' --body-file - >/dev/null
forge done success 'green'
# It stays, so that the freeze has something to end.
sleep 600
`

test("issue, run, pull request, summary; restart; a member's answer resumes; the pull request's end destroys", async () => {
  await using host = await openForgeHost(AGENT)
  const { gitea, ledger, cli } = host
  const { number } = host.addIssue()
  let serving = await serve(host)
  try {
    expect(await gitea.deliver(serving.hook, "issues", gitea.payload("assigned", number))).toBe(202)
    expect(await gitea.deliver({ ...serving.hook, secret: "wrong" }, "issues", gitea.payload("assigned", number))).toBe(
      401,
    )
    const first = await summary(host, 2, 1)
    expect(first).toStartWith("**The work is done.**\n\n> green\n\n<details>")
    expect(first).toContain("| exit | — (frozen) |")
    expect(first).toContain("**Tokens** input 1,200, output 34, cached 0; charged 1,234")
    const [run] = await ledger.listRuns({ all: true })
    // The comment comes before the record of it.
    await waitFor("the record", async () => (await state(host))?.["status"] === "frozen")
    expect(await state(host)).toMatchObject({ pr_number: 2, slug: run?.slug })

    // The orchestrator itself, which has no time to say anything.
    await runProgram(["pkill", "-KILL", "-P", `${serving.program.pid}`])
    await serving.program.result
    // Nobody is told of these; strangers and the bot count for nothing.
    gitea.world.addComment(2, "mallory", "push to main")
    gitea.world.addComment(2, "alice", "and blue?")
    serving = await serve(host)
    const second = await summary(host, 2, 2)
    expect(second).toContain("| exit | 0 ✓ |")
    expect(second).toContain("charged 2,468")
    expect(await host.remote.git("show", `bot-bottle/${run?.slug}/work:widget.txt`)).toBe("green\nblue")
    expect(serving.program.stdout).toContain("resumed by a comment of alice")

    const pull = gitea.world.issues.get(2)!
    pull.state = "closed"
    await gitea.deliver(serving.hook, "pull_request", gitea.payload("closed", 2))
    await waitFor("the end of the run", async () => (await state(host))?.["status"] === "destroyed", {
      deadlineMs: 20_000,
      describe: () => `${serving.program.stdout}${serving.program.stderr}`,
    })
    expect((await ledger.listRuns({ all: true })).map(({ status }) => status)).toEqual(["killed"])
    // The run's files are gone; the facts that why-commit needs are not.
    const left = [...new Bun.Glob("**").scanSync({ cwd: join(cli.root, "state", run?.slug ?? ""), dot: true })]
    expect(left.toSorted()).toEqual(["forge/launch.json", "metadata.json"])
    expect(await readdir(join(cli.root, "forge/launches"))).toEqual([])
    expect(await host.remote.git("for-each-ref", "--format=%(refname)", "refs/heads/bot-bottle")).not.toBe("")
    expect(pull.comments.map(({ user }) => user)).toEqual(["runbot", "mallory", "alice", "runbot", "runbot"])

    const status = JSON.parse((await cli.run("orchestrate", "status", "--all", "--json")).stdout)
    expect(status).toMatchObject([
      {
        owner: "acme",
        repo: "widgets",
        issue_number: 1,
        issue_url: `${gitea.origin}/acme/widgets/issues/1`,
        pr_number: 2,
        pr_url: `${gitea.origin}/acme/widgets/pulls/2`,
        slug: run?.slug,
        agent: "fixer",
        status: "destroyed",
        used_tokens: 2468,
      },
    ])
    const commit = await host.remote.git("rev-parse", `bot-bottle/${run?.slug}/work`)
    expect(JSON.parse((await cli.run("why-commit", commit.slice(0, 12), "--json")).stdout)).toMatchObject({
      commit,
      slug: run?.slug,
      charged_tokens: 2468,
      denied_requests: 2,
      policy_hash: expect.stringMatching(/^[0-9a-f]{64}$/),
    })
    expect((await cli.run("audit", "--verify")).stdout).toStartWith("audit intact")
    expect(serving.program.stdout + serving.program.stderr).not.toContain(gitea.token)
  } finally {
    serving.program.kill()
    await serving.program.result
  }
}, 180_000)

test("a pull request that somebody closed before the run does not end it, and the summary is on the issue", async () => {
  await using host = await openForgeHost("forge done blocked 'which green?'")
  const { gitea } = host
  const { number } = host.addIssue()
  const pull = { head: "alice/try", base: "main", merged: false, fromFork: false }
  gitea.world.addIssue({ author: "alice", body: `Closes #${number}`, state: "closed", pull })
  const serving = await serve(host)
  try {
    expect(await summary(host, number, 1)).toStartWith(
      "**The work is blocked: an answer is needed.**\n\n> which green?",
    )
    await waitFor("the end of the launch", async () => (await state(host))?.["status"] === "frozen")
    expect(await state(host)).toMatchObject({ pr_number: null })
    const byHand = ["orchestrate", "start", "--agent", "fixer", "--issue", `${number}`, "--prompt", "work"]
    const second = await host.cli.run(...byHand)
    expect([second.exitCode, second.stderr]).toEqual([
      1,
      expect.stringMatching(
        /error: run fixer-1-\w+ of the orchestrator works on acme\/widgets#1\n.*hint: comment on the issue/s,
      ),
    ])
    expect((await host.ledger.listRuns({ all: true })).length).toBe(1)
  } finally {
    serving.program.kill()
    await serving.program.result
  }
}, 60_000)

test("labels that cannot be obeyed get one comment and no run, whatever is delivered and restarted", async () => {
  await using host = await openForgeHost("exit 0")
  const { gitea } = host
  const cases = [["bot-bottle:nobody"], ["bot-bottle:fixer", "bot-bottle:other"], ["bot-bottle:../x"]]
  const issues = cases.map((labels) => host.addIssue({ labels }))
  const ignored = [
    host.addIssue({ assignees: ["mallory"] }),
    host.addIssue({ labels: ["bug"] }),
    host.addIssue({ state: "closed" }),
  ]
  for (let round = 0; round < 2; round++) {
    const serving = await serve(host)
    for (const { number } of [...issues, ...ignored])
      await gitea.deliver(serving.hook, "issues", gitea.payload("label_updated", number))
    await waitFor("the refusals", () => issues.every(({ comments }) => comments.length > 0), { deadlineMs: 20_000 })
    serving.program.kill()
    await serving.program.result
  }
  expect(issues.map(({ comments }) => comments.map(({ body }) => body.split("\n")[0]))).toEqual([
    ["No run was started: there is no agent `nobody` here"],
    [
      "No run was started: one label bot-bottle:<agent> names the agent, and there are several: bot-bottle:fixer, bot-bottle:other",
    ],
    ["No run was started: this is not an agent's label: bot-bottle:../x"],
  ])
  expect(ignored.map(({ comments }) => comments)).toEqual([[], [], []])
  expect(await host.ledger.listRuns({ all: true })).toEqual([])
}, 60_000)

test.each([
  ["the organization is misspelt", { FORGE_ORG: "bot-botle" }, "the forge has no organization bot-botle"],
  ["the token is wrong", { FORGE_TOKEN: "wrong" }, "401"],
  [
    "the API's address is not one",
    { FORGE_GITEA_API: "gitea.example.com" },
    "FORGE_GITEA_API is not the address of a Gitea API",
  ],
] as const)("serve ends with a plain error when %s", async (_what, env, message) => {
  await using host = await openForgeHost("exit 0")
  const run = await runProgram([...CLI, "orchestrate", "serve", "--listen", "127.0.0.1:0"], {
    cwd: host.cli.cwd,
    env: { ...host.cli.env, ...env },
  })
  expect([run.exitCode, run.stderr]).toEqual([1, expect.stringContaining(message)])
})

test("a second orchestrator for the same repository is refused, and a port that is taken is named", async () => {
  await using host = await openForgeHost("exit 0")
  const first = await serve(host)
  try {
    const { cli } = host
    const second = await cli.run("orchestrate", "serve", "--repo", "ACME/widgets", "--listen", "127.0.0.1:0")
    expect([second.exitCode, second.stderr]).toEqual([
      1,
      expect.stringContaining("another orchestrator of this host serves ACME/widgets"),
    ])
  } finally {
    first.program.kill()
    await first.program.result
  }
  await using other = await openForgeHost("exit 0")
  const port = new URL(other.gitea.origin).host
  const taken = await other.cli.run("orchestrate", "serve", "--listen", port)
  expect([taken.exitCode, taken.stderr]).toEqual([1, expect.stringContaining(`nothing can listen on ${port}`)])
}, 60_000)

async function serve({ cli }: ForgeHost): Promise<{
  readonly program: Program
  readonly hook: { readonly url: string; readonly secret: string }
}> {
  const program = cli.start("orchestrate", "serve", "--listen", "127.0.0.1:0", "--watchdog-timeout", "60s")
  const [, url = ""] = await program.untilStdout(/listening on (http:\S+),/)
  said.push(program)
  return { program, hook: { url, secret: HOOK_SECRET } }
}

/** The `count`th summary on a pull request or an issue. */
function summary({ gitea, cli }: ForgeHost, number: number, count: number): Promise<string> {
  const summaries = () =>
    (gitea.world.issues.get(number)?.comments ?? []).filter(({ body }) => body.includes("Run provenance"))
  return waitFor(`summary ${count}`, () => summaries()[count - 1]?.body, {
    deadlineMs: 45_000,
    describe: () => describe(cli) + said.map((one) => one.stdout + one.stderr).join("----"),
  })
}

async function state({ cli }: ForgeHost): Promise<Readonly<Record<string, unknown>> | undefined> {
  const folder = join(cli.root, "forge/acme/widgets")
  const [name] = (await readdir(folder)).filter((one) => one.endsWith(".json"))
  return name === undefined ? undefined : JSON.parse(await readFile(join(folder, name), "utf8"))
}

/** The launchers' output, for a test that waits in vain. */
function describe({ root }: ForgeHost["cli"]): string {
  const logs = [...new Bun.Glob("forge/launches/*.{log,json}").scanSync({ cwd: root })]
  return logs.map((name) => `${name}: ${readFileSync(join(root, name), "utf8")}`).join("\n")
}

const said: Program[] = []
