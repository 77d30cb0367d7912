// A host with a run that is gone for a while: what the others say and do, and what it does once it is back.

import { afterAll, expect, test } from "bun:test"
import { killProcess } from "@bot-bottle/kernel"
import { startCluster } from "@bot-bottle/testkit"
import { WORK_UNTIL_TOLD } from "../e2e/forge/forge-story.ts"
import { openForgeHosts, serve, until } from "./forge-hosts.ts"

const cluster = await startCluster()
afterAll(() => cluster[Symbol.asyncDispose]())

test("a host that was only cut off is told of once on the issue, and then finishes its run itself", async () => {
  await using hosts = await openForgeHosts(cluster, WORK_UNTIL_TOLD, [{}, {}])
  const [one, two] = hosts.all
  await using here = await serve(one!)
  await using there = await serve(two!)
  const serving = [here, there]
  const { number, comments } = one!.addIssue()
  const pull = number + 1
  await one!.gitea.deliver(here.hook, "issues", one!.gitea.payload("assigned", number))
  await until("the pull request", async () => (await hosts.state(number))?.["pr_number"] === pull, { serving })
  const { at, other } = await placeOf(hosts, [here, there])

  await at.signal("STOP")
  // The control: while it may still be there, nobody says anything.
  await until("rounds of the other host", async () => other.program.stdout.length > 0, { serving })
  expect([comments.length, notes(hosts, pull).length]).toEqual([0, 0])
  await hosts.forget(hosts.all[serving.indexOf(at)]!)
  await until("the note", () => notes(hosts, pull).length > 0, { serving: [other] })
  const [note] = notes(hosts, pull)
  expect(note).toContain(
    `The host \`${hosts.all[serving.indexOf(at)]!.ledger.host}\`, which has the run \`fixer-${number}-`,
  )
  expect(note).toContain("remove the label `bot-bottle:fixer`")

  // A member's answer while it is gone reaches the other one, which posts no more.
  one!.gitea.world.addComment(number, "alice", "now finish")
  await one!.gitea.deliver(other.hook, "issue_comment", one!.gitea.payload("created", number))
  expect((await hosts.state(number))?.["status"]).toBe("running")
  await at.signal("CONT")
  await until("the first summary", () => hosts.summaries(pull).length > 0, { serving })
  await until("the record", async () => (await hosts.state(number))?.["status"] === "frozen", { serving })
  expect([notes(hosts, pull).length, notes(hosts, number).length]).toEqual([1, 0])
  expect((await hosts.runs()).toSorted()).toEqual([0, 1])
}, 240_000)

test("a run of a dead host is begun again elsewhere when its label is removed and added; the old one is stopped once its host is back", async () => {
  await using hosts = await openForgeHosts(cluster, WORK_UNTIL_TOLD, [{}, {}])
  const [one, two] = hosts.all
  const { gitea, remote } = one!
  const here = await serve(one!)
  const issue = one!.addIssue()
  const { number } = issue
  await until("the pull request", async () => (await hosts.state(number))?.["pr_number"] === number + 1, {
    serving: [here],
  })
  await here.kill()
  await using there = await serve(two!)
  const serving = [there]
  await hosts.forget(one!)
  await until("the note", () => notes(hosts, number + 1).length > 0, { serving })
  const old = (await hosts.state(number))?.["slug"]

  issue.labels.length = 0
  await gitea.deliver(there.hook, "issues", gitea.payload("label_updated", number))
  await until("the end of the record", async () => (await hosts.state(number)) === undefined, { serving })
  issue.labels.push("bot-bottle:fixer")
  await gitea.deliver(there.hook, "issues", gitea.payload("label_updated", number))
  await until("the new run", async () => (await hosts.state(number))?.["slug"] || undefined, { serving })
  expect(await hosts.runs()).toEqual([1, 1])
  expect((await one!.ledger.listRuns({ all: false })).length).toBe(1)

  await using back = await serve(one!)
  await until("the end of the old run", async () => (await one!.ledger.findRun(String(old)))?.status === "frozen", {
    serving: [back, there],
  })
  await back.program.untilStdout(/was given up while this host was gone/, { deadlineMs: 100_000 })
  expect((await hosts.state(number))?.["slug"]).not.toBe(old)
  gitea.world.addComment(number, "alice", "now finish")
  await until("its record", async () => (await hosts.state(number))?.["status"] === "frozen", {
    serving: [back, there],
  })
  const branches = await remote.git("for-each-ref", "--format=%(refname)", "refs/heads/bot-bottle")
  expect([notes(hosts, number + 1).length, branches.split("\n").length]).toEqual([1, 2])
}, 240_000)

test("a frozen run whose host is gone says so when a member answers, and nothing before", async () => {
  await using hosts = await openForgeHosts(cluster, "forge done blocked 'which green?'", [{}, {}])
  const [one, two] = hosts.all
  const { gitea } = one!
  const here = await serve(one!)
  const { number } = one!.addIssue()
  await until("the question", async () => (await hosts.state(number))?.["status"] === "frozen", { serving: [here] })
  await here.kill()
  await hosts.forget(one!)
  await using there = await serve(two!)
  const hear = async () => {
    const before = await hosts.query("SELECT last_value FROM forge_lease")
    await gitea.deliver(there.hook, "issue_comment", gitea.payload("created", number))
    await until("a look", async () => (await hosts.query("SELECT last_value FROM forge_lease")) !== before, {
      serving: [there],
    })
    await until(
      "its end",
      async () => (await hosts.query("SELECT count(*) FROM forge_issue WHERE holder IS NOT NULL")) === "0",
      { serving: [there] },
    )
  }
  gitea.world.addComment(number, "mallory", "any")
  await hear()
  expect(notes(hosts, number)).toEqual([])
  for (const text of ["the dark one", "please"]) {
    gitea.world.addComment(number, "alice", text)
    await hear()
  }
  expect(notes(hosts, number).length).toBe(1)

  await using back = await serve(one!)
  await until("the answer to both", () => hosts.summaries(number).length === 2, { serving: [back, there] })
  await back.program.untilStdout(/resumed by a comment of alice, alice/)
  expect([await hosts.runs(), notes(hosts, number).length]).toEqual([[1, 0], 1])
}, 240_000)

test("INV-48: a host whose every process dies at once, and that comes back, tells the end once and resumes its own run", async () => {
  await using hosts = await openForgeHosts(cluster, WORK_UNTIL_TOLD, [{}, {}])
  const [one, two] = hosts.all
  const { gitea, remote } = one!
  const here = await serve(one!)
  const { number, comments } = one!.addIssue()
  const pull = number + 1
  await until("the pull request", async () => (await hosts.state(number))?.["pr_number"] === pull, { serving: [here] })
  await using there = await serve(two!)
  const [run] = await one!.ledger.listRuns({ all: true })
  await here.kill()
  killProcess(run!.launcher)
  if (run?.proxy !== undefined) killProcess(run.proxy)

  await using back = await serve(one!)
  const serving = [back, there]
  await until("the record", async () => (await hosts.state(number))?.["status"] === "frozen", { serving })
  expect(hosts.summaries(pull).map((body) => body.includes("watchdog"))).toEqual([true])
  gitea.world.addComment(pull, "alice", "once more")
  await gitea.deliver(there.hook, "issue_comment", gitea.payload("created", pull))
  await until("the second summary", () => hosts.summaries(pull).length === 2, { serving })
  const branches = await remote.git("for-each-ref", "--format=%(refname)", "refs/heads/bot-bottle")
  expect([await hosts.runs(), branches.split("\n").length, comments.length]).toEqual([[1, 0], 1, 0])
}, 240_000)

function notes({ all }: Awaited<ReturnType<typeof openForgeHosts>>, number: number): readonly string[] {
  const comments = all[0]!.gitea.world.issues.get(number)?.comments ?? []
  return comments.map(({ body }) => body).filter((body) => body.includes("No other host can resume it"))
}

/** Which of the two has the run. */
async function placeOf<T>(hosts: Awaited<ReturnType<typeof openForgeHosts>>, serving: readonly [T, T]) {
  const [first] = await hosts.runs()
  const [here, there] = serving
  return first === 1 ? { at: here, other: there } : { at: there, other: here }
}
