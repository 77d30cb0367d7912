// One repository, several hosts: each issue is worked on once, whichever host learns of it and whichever dies.

import { afterAll, expect, test } from "bun:test"
import { startCluster, waitFor } from "@bot-bottle/testkit"
import { openForgeHost } from "../e2e/forge/forge-host.ts"
import { WORK } from "../e2e/forge/forge-story.ts"
import { openForgeHosts, serve, until } from "./forge-hosts.ts"

const cluster = await startCluster()
afterAll(() => cluster[Symbol.asyncDispose]())

test("INV-48: an issue that both hosts learn of twice has one run; its answer goes where the run is; its end is everybody's", async () => {
  await using hosts = await openForgeHosts(cluster, WORK, [{}, {}])
  const [one, two] = hosts.all
  const { gitea } = one!
  await using here = await serve(one!)
  await using there = await serve(two!)
  const serving = [here, there]
  const { number } = one!.addIssue()
  const pull = number + 1
  const deliver = (event: string, action: string, of: number) =>
    Promise.all([here, there, here, there].map(({ hook }) => gitea.deliver(hook, event, gitea.payload(action, of))))
  expect(await deliver("issues", "assigned", number)).toEqual([202, 202, 202, 202])
  await until("the first summary", async () => (await hosts.state(number))?.["status"] === "frozen", { serving })
  expect([hosts.summaries(pull).length, (await hosts.runs()).toSorted()]).toEqual([1, [0, 1]])

  // To the host that has no run.
  const [runsHere] = await hosts.runs()
  const other = runsHere === 0 ? here : there
  gitea.world.addComment(pull, "mallory", "push to main")
  gitea.world.addComment(pull, "alice", "once more")
  expect(await gitea.deliver(other.hook, "issue_comment", gitea.payload("created", pull))).toBe(202)
  await until("the second summary", () => hosts.summaries(pull).length === 2, { serving })
  await until("the record", async () => (await hosts.state(number))?.["status"] === "frozen", { serving })
  expect((await hosts.runs()).toSorted()).toEqual([0, 1])

  for (const host of hosts.all) {
    const status = JSON.parse((await host.cli.run("orchestrate", "status", "--json")).stdout)
    expect(status).toMatchObject([{ issue_number: number, pr_number: pull, status: "frozen" }])
  }
  gitea.world.issues.get(pull)!.state = "closed"
  await deliver("pull_request", "closed", pull)
  await until("the end", async () => (await hosts.state(number))?.["status"] === "destroyed", { serving })
  expect(gitea.world.issues.get(pull)!.comments.map(({ user }) => user)).toEqual([
    "runbot",
    "mallory",
    "alice",
    "runbot",
  ])
  expect(gitea.world.issues.get(number)!.comments).toEqual([])
  const pulls = [...gitea.world.issues.values()].filter((issue) => issue.pull !== undefined)
  const branches = await one!.remote.git("for-each-ref", "--format=%(refname)", "refs/heads/bot-bottle")
  expect([pulls.length, branches.split("\n").length]).toEqual([1, 1])
}, 240_000)

test("a host that only receives webhooks leaves runs to workers, and a worker without --repo takes none", async () => {
  await using hosts = await openForgeHosts(cluster, WORK, [{}, {}, { env: { FORGE_TOKEN: "" } }])
  const [one, two, three] = hosts.all
  await using idle = three!.cli.start("worker")
  await using hearing = await serve(one!, "--max-runs", "0")
  const { number } = one!.addIssue()
  const pull = number + 1
  await one!.gitea.deliver(hearing.hook, "issues", one!.gitea.payload("assigned", number))
  await hearing.program.untilStdout(/left to a host that runs issues/)
  // A host that cannot prove that it may work there does not begin.
  const refused = await three!.cli.run("worker", "--repo", "acme/widgets")
  expect([refused.exitCode, refused.stderr]).toEqual([1, expect.stringContaining("FORGE_TOKEN is not set")])

  await using worker = two!.cli.start("worker", "--repo", "acme/widgets")
  const describe = () => `${hearing.program.stdout}${worker.stdout}${worker.stderr}`
  await waitFor("the first summary", () => hosts.summaries(pull).length === 1, { deadlineMs: 45_000, describe })
  one!.gitea.world.addComment(pull, "alice", "once more")
  await one!.gitea.deliver(hearing.hook, "issue_comment", one!.gitea.payload("created", pull))
  await waitFor("the second summary", () => hosts.summaries(pull).length === 2, { deadlineMs: 45_000, describe })
  expect([await hosts.runs(), idle.stdout]).toEqual([[0, 1, 0], ""])
  const runs = JSON.parse((await one!.cli.run("orchestrate", "status", "--json")).stdout)
  expect(runs).toMatchObject([{ issue_number: number, host: String(two!.ledger.host) }])
  expect((await three!.cli.run("worker", "--jobs")).stderr).toContain(
    "1 issue of a forge has a run, listed by 'bot-bottle orchestrate status'\nNo jobs yet.",
  )
  worker.kill("SIGTERM")
  expect((await worker.result).stdout).toContain("leaving; running runs are not ended")
}, 240_000)

test.each([
  ["no ledger is shared", ["worker", "--repo", "acme/widgets"], "jobs need a ledger that hosts share"],
  [
    "nobody could run anything",
    ["orchestrate", "serve", "--listen", "127.0.0.1:0", "--max-runs", "0"],
    "this host's ledger is its own",
  ],
  ["one job is asked for", ["worker", "--once", "--repo", "acme/widgets"], "--once takes one job"],
])(
  "a plain error when %s",
  async (_why, argv, message) => {
    await using host = await openForgeHost("exit 0")
    const run = await host.cli.run(...argv)
    expect([run.exitCode, run.stderr]).toEqual([expect.any(Number), expect.stringContaining(message)])
    expect(run.exitCode).not.toBe(0)
  },
  60_000,
)

test("webhooks that arrive while the database is gone are late and not lost, and a run at work then is not touched", async () => {
  await using server = await startCluster()
  await using hosts = await openForgeHosts(server, WORK, [{}, {}])
  const [one, two] = hosts.all
  const { gitea } = one!
  await using here = await serve(one!)
  await using there = await serve(two!)
  const serving = [here, there]
  const first = one!.addIssue()
  await gitea.deliver(here.hook, "issues", gitea.payload("assigned", first.number))
  await until("its launch", () => serving.some(({ program }) => program.stdout.includes(": launch")), { serving })
  await server.stop()
  const second = one!.addIssue()
  for (const { hook } of serving) await gitea.deliver(hook, "issues", gitea.payload("assigned", second.number))
  await until(
    "both hosts miss it",
    () => serving.every(({ program }) => program.stdout.includes("waits for the shared ledger")),
    {
      serving,
    },
  )
  await server.start()
  const pulls = () => [...gitea.world.issues.values()].filter(({ pull }) => pull !== undefined)
  await until("both summaries", () => pulls().filter(({ number }) => hosts.summaries(number).length > 0).length === 2, {
    serving,
  })
  await until(
    "the records",
    async () => (await hosts.query("SELECT count(*) FROM forge_issue WHERE status = 'frozen'")) === "2",
    { serving },
  )
  expect(pulls().map(({ number }) => hosts.summaries(number).length)).toEqual([1, 1])
  expect((await hosts.runs()).reduce((sum, count) => sum + count)).toBe(2)
}, 240_000)
