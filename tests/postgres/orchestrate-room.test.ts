// Which host an issue goes to: one with room, one that has its agent, and the one that worked on it before the ledger
// was shared.

import { afterAll, expect, test } from "bun:test"
import { existsSync } from "node:fs"
import { join } from "node:path"
import { startCluster, startProgram } from "@bot-bottle/testkit"
import { agentIn, CLI } from "../e2e/cli/cli-host.ts"
import { WORK, WORK_UNTIL_TOLD } from "../e2e/forge/forge-story.ts"
import { openForgeHosts, serve, until } from "./forge-hosts.ts"

const cluster = await startCluster()
afterAll(() => cluster[Symbol.asyncDispose]())

test("an issue that finds no room on any host waits for the first that has some", async () => {
  await using hosts = await openForgeHosts(cluster, WORK_UNTIL_TOLD, [{}, {}])
  const [one, two] = hosts.all
  const { gitea } = one!
  await using here = await serve(one!, "--max-runs", "1")
  await using there = await serve(two!, "--max-runs", "1")
  const serving = [here, there]
  const issues = [one!.addIssue(), one!.addIssue(), one!.addIssue()]
  for (const { number } of issues) await gitea.deliver(here.hook, "issues", gitea.payload("assigned", number))
  const waiting = () => hosts.query("SELECT number FROM forge_issue WHERE needs_room")
  const live = async () => {
    const runs = await Promise.all(hosts.all.map(({ ledger }) => ledger.listRuns({ all: false })))
    return runs.map((of) => of.filter(({ status }) => status === "running").length)
  }
  await until("two runs", async () => (await live()).join() === "1,1", { serving })
  // Before both hosts are full, an issue may wait for a moment only.
  const last = Number(await until("one that waits", async () => (await waiting()) || undefined, { serving }))
  const [first] = issues.map(({ number }) => number).filter((number) => number !== last)
  gitea.world.addComment(first!, "alice", "now finish")
  await until("the run of the third", async () => (await hosts.state(last))?.["slug"] || undefined, { serving })
  await until("the first one's end", async () => (await hosts.state(first!))?.["status"] === "frozen", { serving })
  await until("two runs again", async () => (await live()).join() === "1,1", { serving })
  expect([await waiting(), (await hosts.runs()).toSorted()]).toEqual(["", [1, 2]])
}, 240_000)

test("an issue goes to a host that has its agent; when none has, one comment says so", async () => {
  await using hosts = await openForgeHosts(cluster, WORK, [{}, {}])
  const [one, two] = hosts.all
  const { gitea } = one!
  await two!.cli.write("agents/other.md", agentIn("dev"))
  await using here = await serve(one!)
  await using there = await serve(two!)
  const serving = [here, there]
  // It listens before the others know of it: asked then, the first one would be the last that could have the agent.
  const known = () => hosts.query("SELECT count(*) FROM forge_server")
  await until("both hosts to know of each other", async () => (await known()) === "2", { serving })
  const issue = one!.addIssue({ labels: ["bot-bottle:other"] })
  const nobody = one!.addIssue({ labels: ["bot-bottle:nobody"] })
  for (const { number } of [issue, nobody])
    for (const { hook } of serving) await gitea.deliver(hook, "issues", gitea.payload("label_updated", number))
  await until("the run", async () => (await hosts.state(issue.number))?.["slug"] || undefined, { serving })
  await until("the refusal", () => nobody.comments.length > 0, { serving })
  await until("the end", async () => (await hosts.state(issue.number))?.["status"] === "frozen", { serving })
  expect(await hosts.runs()).toEqual([0, 1])
  expect([issue, nobody].map(({ comments }) => comments.map(({ body }) => body.split("\n")[0]))).toEqual([
    [],
    ["No run was started: there is no agent `nobody` here"],
  ])
}, 180_000)

test("runs of before the ledger was shared stay with their host, and resume there", async () => {
  await using hosts = await openForgeHosts(cluster, WORK, [{}, {}])
  const [one, two] = hosts.all
  const { gitea } = one!
  const { cwd, env } = one!.cli
  const alone = await serve({
    cli: {
      start: (...args) => startProgram([...CLI, ...args], { cwd, env: { ...env, BOT_BOTTLE_LEDGER: "sqlite" } }),
    },
  })
  const { number } = one!.addIssue()
  await gitea.deliver(alone.hook, "issues", gitea.payload("assigned", number))
  await until("the summary", () => hosts.summaries(number + 1).length === 1, { serving: [alone] })
  const file = join(one!.cli.root, `forge/acme/widgets/issue-${number}.json`)
  await until("the record", async () => (await Bun.file(file).text()).includes('"frozen"'), { serving: [alone] })
  await alone.kill()

  await using here = await serve(one!)
  await until("the shared record", async () => await hosts.state(number), { serving: [here] })
  await using there = await serve(two!)
  const serving = [here, there]
  // The host's own record goes once the shared one is there.
  await until("the end of its own record", () => !existsSync(file), { serving })
  expect((await hosts.state(number))?.["pr_number"]).toBe(number + 1)
  gitea.world.addComment(number + 1, "alice", "once more")
  await gitea.deliver(there.hook, "issue_comment", gitea.payload("created", number + 1))
  await until("the second summary", () => hosts.summaries(number + 1).length === 2, { serving })
  expect(await hosts.runs()).toEqual([1, 0])
}, 180_000)
