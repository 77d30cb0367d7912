// One repository, several hosts: each issue is worked on once, whoever hears of it and whoever dies.

import { afterAll, expect, test } from "bun:test"
import { startCluster } from "@bot-bottle/testkit"
import { openForgeHosts, serve, until } from "./forge-hosts.ts"

const cluster = await startCluster()
afterAll(() => cluster[Symbol.asyncDispose]())

const WORK = `
ISSUE=$(printf '%s' "$1" | sed -n 's/^Work on issue #\\([0-9]*\\):.*/\\1/p')
if [ -d "$HOME/repo" ]; then forge done success 'second'; exit 0; fi
git clone --quiet http://git.bot-bottle.internal/acme/widgets.git "$HOME/repo"; cd "$HOME/repo"
git checkout --quiet -b "$BOT_BOTTLE_BRANCH"; echo green > widget.txt; git add .; git commit --quiet -m green
git push --quiet origin HEAD
printf "Closes #$ISSUE" | forge open-pr --title 'Make it green' --body-file - >/dev/null
forge done success 'first'
`

test("INV-48: an issue that both hosts hear of twice has one run; its answer goes where the run is; its end is everybody's", async () => {
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
}, 120_000)
