// Issues that hosts keep together, in a real database: who is given one, who may change it, what a dead or a gone
// host leaves to the others. And the suite of forge records, over the same rows.

import { afterAll, expect, test } from "bun:test"
import { openIssueRecords } from "@bot-bottle/control"
import { createSharedStateStore, type ForgeStateStore, type IssueKey } from "@bot-bottle/forge"
import { createForgeStateConformance } from "@bot-bottle/forge/testing"
import type { HeldIssue, IssueQueue } from "@bot-bottle/ledger"
import { startCluster, waitFor } from "@bot-bottle/testkit"
import { openSharedHosts } from "./shared-ledger.ts"

const cluster = await startCluster()
afterAll(() => cluster[Symbol.asyncDispose]())

const REPO = "acme/widgets 1 2026-11-28T03:25:09.000Z"
const LONG = { repositories: [REPO], hasRoom: true, runsIssues: true, leaseMs: 60_000 }
const ALIVE = { repositories: [REPO], runsIssues: true }
const RECORD = { text: "{}", status: "running", pullRequest: null }
const issue = (number: number) => ({ repository: REPO, number })

createForgeStateConformance("PostgreSQL", async () => {
  const hosts = await openSharedHosts(cluster)
  const database = hosts.url.split("/").at(-1) ?? ""
  const [one, two] = await openQueues(hosts, "one-00000", "two-00000")
  return {
    store: storeOver(one!),
    another: storeOver(two!),
    async damage(text) {
      await cluster.psql(database, `UPDATE forge_issue SET record = '${text}' WHERE number = 17`)
      return `${REPO} #17`
    },
    [Symbol.asyncDispose]: () => hosts[Symbol.asyncDispose](),
  }
})

test("INV-48: of 20 issues and four hosts that learn of each at once, each issue is had by one", async () => {
  await using hosts = await openSharedHosts(cluster)
  const queues = await openQueues(hosts, "h-1", "h-2", "h-3", "h-4")
  const all = Array.from({ length: 20 }, (_, index) => issue(index + 1))
  await Promise.all(queues.flatMap((queue) => [queue.ask(all, "now"), queue.ask(all, "now")]))
  const taken = await Promise.all(queues.flatMap((queue) => Array.from({ length: 8 }, () => queue.take(LONG))))
  const numbers = taken.flatMap((held) => held?.number ?? [])
  expect([numbers.length, new Set(numbers).size]).toEqual([20, 20])
})

test("INV-48: a dead holder's issue is given to another host, and nothing that the first one says counts", async () => {
  await using hosts = await openSharedHosts(cluster)
  const [one, two] = await openQueues(hosts, "one-00000", "two-00000")
  await one!.ask([issue(17)], "now")
  const first = (await one!.take({ ...LONG, leaseMs: 50 }))!
  const second = await waitFor("the issue of the dead host", () => two!.take(LONG))
  expect([
    await one!.keep(first, 60_000),
    await one!.write(first, RECORD),
    await one!.forget(first),
    await one!.passOn(first),
    await one!.release(first, { next: "nothing" }),
  ]).toEqual([false, false, false, "lost", false])
  expect(await two!.find(issue(17))).toBeUndefined()
  // The control: the same words of the holder count.
  expect([await two!.keep(second, 60_000), await two!.write(second, RECORD)]).toEqual([true, true])
  expect(await one!.find(issue(17))).toMatchObject({ record: "{}", host: "two-00000", isHostGone: true })
  expect([await two!.forget(second), await two!.release(second, { next: "nothing" })]).toEqual([true, true])
})

test("INV-48: a lease over a row that was removed meanwhile changes nothing of the next one", async () => {
  await using hosts = await openSharedHosts(cluster)
  const [one, two] = await openQueues(hosts, "one-00000", "two-00000")
  await one!.ask([issue(17)], "now")
  const old = (await one!.take({ ...LONG, leaseMs: 20 }))!
  const next = await waitFor("the issue", () => two!.take(LONG))
  await two!.release(next, { next: "nothing" })
  await one!.ask([issue(17)], "now")
  const fresh = (await one!.take(LONG))!
  expect([await one!.write(old, RECORD), await one!.keep(old, 1)]).toEqual([false, false])
  expect(await one!.write(fresh, RECORD)).toBe(true)
})

test("an issue that is bound to a host is due for that host alone, until it is gone; that is told once", async () => {
  await using hosts = await openSharedHosts(cluster)
  const database = hosts.url.split("/").at(-1) ?? ""
  const [one, two] = await openQueues(hosts, "one-00000", "two-00000")
  await one!.beat(ALIVE)
  await two!.beat(ALIVE)
  await one!.ask([issue(17)], "now")
  const begun = (await one!.take(LONG))!
  await one!.write(begun, RECORD)
  await one!.release(begun, { next: "nothing" })

  await two!.ask([issue(17)], "now")
  expect(await two!.take(LONG)).toBeUndefined()
  const own = (await one!.take(LONG))!
  expect([own.record, own.stranded]).toEqual(["{}", undefined])
  await one!.release(own, { next: "nothing" })

  await cluster.psql(
    database,
    "UPDATE forge_server SET seen_at = seen_at - interval '2 minutes' WHERE host = 'one-00000'",
  )
  expect(await two!.take(LONG)).toBeUndefined()
  await two!.beat(ALIVE)
  const stranded = (await two!.take(LONG))!
  expect(stranded.stranded).toEqual({ host: "one-00000", seenAtMs: expect.any(Number) } as never)
  await two!.release(stranded, { next: "told" })
  await two!.beat(ALIVE)
  expect(await two!.take(LONG)).toBeUndefined()

  // A record that is given up is found by the host once it is back.
  await two!.ask([issue(17)], "now")
  const again = (await two!.take(LONG))!
  await two!.forget(again)
  await two!.release(again, { next: "nothing" })
  const [orphan] = await one!.listOrphans()
  expect([orphan?.record, (await two!.listOrphans()).length]).toEqual(["{}", 0])
  await two!.dropOrphan(orphan!.id)
  expect((await one!.listOrphans()).length).toBe(1)
  await one!.dropOrphan(orphan!.id)
  expect(await one!.listOrphans()).toEqual([])
})

test("a beat does not wait for issues that another statement holds, and meets them the next time", async () => {
  await using hosts = await openSharedHosts(cluster)
  const database = hosts.url.split("/").at(-1) ?? ""
  const [one, two] = await openQueues(hosts, "one-00000", "two-00000")
  await one!.beat(ALIVE)
  await one!.ask([issue(17)], "now")
  const begun = (await one!.take(LONG))!
  await one!.write(begun, RECORD)
  await one!.release(begun, { next: "nothing" })
  await cluster.psql(database, "UPDATE forge_server SET seen_at = seen_at - interval '2 minutes'")
  const held = await during(database, "asked = asked + 1")
  await two!.beat(ALIVE)
  expect(await two!.take(LONG)).toBeUndefined()
  // This one does wait, and so ends the other statement.
  await cluster.psql(database, "UPDATE forge_issue SET asked = asked")
  await held.over
  await two!.beat(ALIVE)
  expect((await two!.take(LONG))?.number).toBe(17)
})

test("what is asked during a look is looked at again; an issue without a record is not kept", async () => {
  await using hosts = await openSharedHosts(cluster)
  const [one] = await openQueues(hosts, "one-00000")
  // A list may name an issue twice.
  await one!.ask([issue(17), issue(17)], "now")
  const first = (await one!.take(LONG))!
  await one!.ask([issue(17), issue(17)], "unless-due")
  expect(await one!.take(LONG)).toBeUndefined()
  await one!.ask([issue(17)], "now")
  await one!.release(first, { next: "nothing" })
  const second = (await one!.take(LONG))!
  await one!.release(second, { next: "nothing" })
  expect(await one!.take(LONG)).toBeUndefined()
  const database = hosts.url.split("/").at(-1) ?? ""
  expect(await cluster.psql(database, "SELECT count(*) FROM forge_issue")).toBe("0")
})

test("a look that ends while it is asked for again is over at once, and the issue is due", async () => {
  await using hosts = await openSharedHosts(cluster)
  const database = hosts.url.split("/").at(-1) ?? ""
  const [one] = await openQueues(hosts, "one-00000")
  await one!.ask([issue(17)], "now")
  const held = (await one!.take(LONG))!
  const asked = await during(database, "asked = asked + 1, due_at = clock_timestamp()")
  expect([await one!.release(held, { next: "nothing" }), await asked.over]).toEqual([true, ""])
  expect((await one!.take(LONG))?.asked).toBe(held.asked + 1)
})

test("INV-48: a record that is given up while the lease is taken stays, and its host ends nothing", async () => {
  await using hosts = await openSharedHosts(cluster)
  const database = hosts.url.split("/").at(-1) ?? ""
  const [one, two] = await openQueues(hosts, "one-00000", "two-00000")
  await one!.ask([issue(17)], "now")
  const begun = (await one!.take(LONG))!
  await one!.write(begun, RECORD)
  await one!.release(begun, { next: "nothing" })
  await two!.ask([issue(17)], "now")
  const late = (await two!.take(LONG))!
  const taken = await during(database, "lease = lease + 1")
  expect([await two!.forget(late), await taken.over]).toEqual([false, ""])
  expect([await one!.listOrphans(), (await one!.find(issue(17)))?.record]).toEqual([[], "{}"])
})

test("an issue that needs room waits for a host that has some; one that a host cannot run is passed to the others", async () => {
  await using hosts = await openSharedHosts(cluster)
  const [one, two, three] = await openQueues(hosts, "one-00000", "two-00000", "hear-0000")
  const full = { ...LONG, hasRoom: false }
  for (const queue of [one, two]) await queue!.beat(ALIVE)
  await one!.ask([issue(17)], "now")
  await one!.release((await one!.take(full))!, { next: "needs-room" })
  expect(await two!.take(full)).toBeUndefined()
  const held = (await two!.take(LONG))!
  // A host that only receives webhooks is not asked.
  await three!.beat({ ...ALIVE, runsIssues: false })
  expect(await three!.take({ ...LONG, runsIssues: false })).toBeUndefined()
  expect(await two!.passOn(held)).toBe("passed")
  expect(await two!.take(LONG)).toBeUndefined()
  // A host that was asked next and died is waited for by nobody.
  await cluster.psql(
    hosts.url.split("/").at(-1) ?? "",
    "UPDATE forge_server SET seen_at = '-infinity' WHERE host = 'one-00000'",
  )
  const again = (await two!.take(LONG))!
  expect(await two!.passOn(again)).toBe("last")
  await one!.beat(ALIVE)
  expect(await two!.passOn(again)).toBe("passed")
  const last = (await one!.take(LONG))!
  expect(await one!.passOn(last)).toBe("last")
  expect(await one!.keep(last, 60_000)).toBe(true)
  await three!.beat(ALIVE)
  expect(await one!.passOn(last)).toBe("passed")
})

test("looks that failed wait, and an event does not wait for them", async () => {
  await using hosts = await openSharedHosts(cluster)
  const [one] = await openQueues(hosts, "one-00000")
  await one!.ask([issue(17)], "now")
  await one!.release((await one!.take(LONG))!, { next: "again", afterMs: 60_000 })
  await one!.ask([issue(17)], "unless-due")
  expect(await one!.take(LONG)).toBeUndefined()
  await one!.ask([issue(17)], "now")
  expect((await one!.take(LONG))?.number).toBe(17)
})

test("records of before a ledger was shared stay with their host, unless another one has a run for the issue", async () => {
  await using hosts = await openSharedHosts(cluster)
  const [one, two] = await openQueues(hosts, "one-00000", "two-00000")
  await one!.beat(ALIVE)
  expect([await one!.adopt(issue(1), RECORD), await one!.adopt(issue(1), RECORD)]).toEqual([true, true])
  expect(await two!.adopt(issue(1), RECORD)).toBe(false)
  await two!.ask([issue(2)], "now")
  const held = (await two!.take(LONG))!
  expect([held.number, await one!.adopt(issue(2), RECORD)]).toEqual([2, false])
  expect((await one!.list("own-running")).map(({ number }) => number)).toEqual([1])
  expect(await two!.findByPullRequest(issue(9))).toBeUndefined()
  await two!.write(held, { ...RECORD, pullRequest: 9 })
  expect(await one!.findByPullRequest(issue(9))).toBe(2)
})

/** Changes every issue, and lets them go once another statement waits for one. Resolves when it has changed them. */
async function during(database: string, change: string): Promise<{ readonly over: Promise<string> }> {
  const over = cluster.psql(
    database,
    `UPDATE forge_issue SET ${change};
     DO $$ BEGIN
       WHILE NOT EXISTS (SELECT 1 FROM pg_locks WHERE NOT granted) LOOP PERFORM pg_sleep(0.02); END LOOP;
     END $$`,
  )
  const waiting = "SELECT count(*) FROM pg_stat_activity WHERE wait_event = 'PgSleep'"
  await waitFor("the change", async () => (await cluster.psql(database, waiting)) === "1")
  return { over }
}

async function openQueues(hosts: Awaited<ReturnType<typeof openSharedHosts>>, ...names: readonly string[]) {
  return await Promise.all(names.map(async (name) => (await hosts.open(name)).fleet!.issues))
}

/** Each change under a lease of its own. */
function storeOver(issues: IssueQueue): ForgeStateStore {
  const nameOf = ({ owner, repo, issue_number }: IssueKey) => ({
    repository: owner === "acme" && repo === "widgets" ? REPO : `${owner}/${repo}`,
    number: issue_number,
  })
  const over = async (lease: HeldIssue | undefined) =>
    createSharedStateStore(await openIssueRecords({ issues, nameOf, lease }))
  async function held(key: IssueKey, work: (store: ForgeStateStore) => Promise<void>): Promise<void> {
    const { repository } = nameOf(key)
    await issues.ask([nameOf(key)], "now")
    const lease = await waitFor("the lease", () => issues.take({ ...LONG, repositories: [repository] }))
    try {
      await work(await over(lease))
    } finally {
      await issues.release(lease, { next: "nothing" })
    }
  }
  return {
    read: async (key) => await (await over(undefined)).read(key),
    all: async () => await (await over(undefined)).all(),
    async write(state) {
      // A name that is refused never gets as far as a lease.
      await (await over(undefined)).read(state).catch((error: Error) => {
        if (error.message.startsWith("invalid repository")) throw error
      })
      await held(state, (store) => store.write(state))
    },
    delete: (key) => held(key, (store) => store.delete(key)),
  }
}
