// INV-48 with several hosts and real processes: whichever is at a step is killed there, or stopped until its lease is
// over, and the story has the same end.

import { afterAll, expect, test } from "bun:test"
import { startCluster } from "@bot-bottle/testkit"
import { findMoment, MAX_STORIES, MOMENTS, WORK } from "../e2e/forge/forge-story.ts"
import { openSlowForge } from "../e2e/forge/slow-forge.ts"
import { openForgeHosts, type Serving, serve, until } from "./forge-hosts.ts"

const cluster = await startCluster()
afterAll(() => cluster[Symbol.asyncDispose]())

/** A look at an issue takes longer on a machine with other things to do. */
const SLOW_MS = 5_000
const COMMENTS = /\/issues\/\d+\/comments/

test("INV-48: three hosts, and whichever is at a step is killed there: one run, one branch, one pull request, one comment for each signal", async () => {
  await using hosts = await openForgeHosts(cluster, WORK, [{}, {}, {}])
  const { gitea, remote } = hosts.all[0]!
  const open = new Set(MOMENTS)
  const serving: Serving[] = await Promise.all(hosts.all.map((host) => serve(host)))
  await using _end = {
    [Symbol.asyncDispose]: async () => void (await Promise.all(serving.map((one) => one[Symbol.asyncDispose]()))),
  }

  /** Until the phase is over, kills each host that is at one of its moments, and starts it again. */
  async function keep(phase: string, event: readonly [string, string, number], isOver: () => Promise<boolean>) {
    const [kind, action, number] = event
    // Every host receives it; one that is dead by then reads it at its start.
    for (const { hook } of serving) await gitea.deliver(hook, kind, gitea.payload(action, number)).catch(() => 0)
    for (;;) {
      const seen = await until(
        "a step, or the end",
        async () => findHostAtMoment(serving, phase, open) ?? (await isOver()),
        {
          serving,
          deadlineMs: 60_000,
        },
      )
      if (typeof seen === "boolean") return
      open.delete(seen.moment)
      await serving[seen.at]!.kill()
      serving[seen.at] = await serve(hosts.all[seen.at]!)
    }
  }

  for (let story = 0; open.size > 0 && story < MAX_STORIES; story++) {
    const before = await hosts.runs()
    const { number } = hosts.all[0]!.addIssue()
    const pull = number + 1
    const isFrozen = async () => (await hosts.state(number))?.["status"] === "frozen"
    await keep("first", ["issues", "assigned", number], isFrozen)
    gitea.world.addComment(pull, "alice", "once more")
    await keep(
      "second",
      ["issue_comment", "created", pull],
      async () => hosts.summaries(pull).length > 1 && (await isFrozen()),
    )
    gitea.world.issues.get(pull)!.state = "closed"
    await keep(
      "last",
      ["pull_request", "closed", pull],
      async () => (await hosts.state(number))?.["status"] === "destroyed",
    )

    const runs = (await hosts.runs()).map((count, index) => count - before[index]!)
    expect(runs.toSorted()).toEqual([0, 0, 1])
    expect(hosts.summaries(pull).map((body) => /^> (.*)$/m.exec(body)?.[1])).toEqual(["first", "second"])
    expect(gitea.world.issues.get(number)?.comments).toEqual([])
    expect(gitea.world.issues.get(pull)?.comments.length).toBe(3)
    expect([...gitea.world.issues.values()].filter(({ pull: head }) => head !== undefined).length).toBe(story + 1)
    const branches = await remote.git("for-each-ref", "--format=%(refname)", "refs/heads/bot-bottle")
    expect(branches.split("\n").length).toBe(story + 1)
  }
  expect([...open]).toEqual([])
}, 400_000)

test("INV-48: a host that dies before its run has begun is relieved within ten seconds, and says nothing afterwards", async () => {
  await using slow = openSlowForge()
  await using hosts = await openForgeHosts(cluster, WORK, [{}, (first) => ({ api: slow.before(first.gitea.api) })])
  const [one, two] = hosts.all
  await using there = await serve(two!)
  const hangs = slow.hangAt(COMMENTS, new Promise(() => {}))
  const { number } = one!.addIssue()
  await one!.gitea.deliver(there.hook, "issues", one!.gitea.payload("assigned", number))
  // It has the lease, and has looked up the issue; the next thing would be its record.
  await hangs
  await using here = await serve(one!, "--max-runs", "3")
  await there.kill()
  const killedAtMs = performance.now()
  await until("the record of the other host", async () => await hosts.state(number), { serving: [here] })
  expect(performance.now() - killedAtMs).toBeLessThan(10_000 + SLOW_MS)
  await until("the summary", () => hosts.summaries(number + 1).length === 1, { serving: [here] })
  expect(await hosts.runs()).toEqual([1, 0])
}, 180_000)

test("INV-48: a host that was stopped before it said something, and lost its lease, does not say it after all", async () => {
  await using slow = openSlowForge()
  await using hosts = await openForgeHosts(cluster, WORK, [{}, (first) => ({ api: slow.before(first.gitea.api) })])
  const [one, two] = hosts.all
  const { gitea } = one!
  await using there = await serve(two!)
  const released = Promise.withResolvers<void>()
  const hangs = slow.hangAt(COMMENTS, released.promise)
  const { number, comments } = one!.addIssue({ labels: ["bot-bottle:fixer", "bot-bottle:other"] })
  await gitea.deliver(there.hook, "issues", gitea.payload("label_updated", number))
  // It has seen that nothing was said yet.
  await hangs
  await there.signal("STOP")
  await using here = await serve(one!)
  await until("the refusal of the other host", () => comments.length === 1, { serving: [here] })
  released.resolve()
  await there.signal("CONT")
  await there.program.untilStdout(/the lease is lost/, { deadlineMs: 80_000 })
  // The control: it is alive, and learns of another issue whose refusal is its own.
  await here.kill()
  const other = one!.addIssue({ labels: ["bot-bottle:fixer", "bot-bottle:other"] })
  await gitea.deliver(there.hook, "issues", gitea.payload("label_updated", other.number))
  await until("its own refusal", () => other.comments.length === 1, { serving: [there] })
  expect([comments.length, other.comments.length]).toEqual([1, 1])
}, 180_000)

/** Which host has come to an open moment of this phase. */
function findHostAtMoment(serving: readonly Serving[], phase: string, open: ReadonlySet<string>) {
  for (const [at, { program }] of serving.entries()) {
    const moment = findMoment(program, phase, open)
    if (moment !== undefined) return { at, moment }
  }
  return undefined
}
