// The queue that hosts share, and workers that take from it.

import { afterAll, expect, test } from "bun:test"
import { join } from "node:path"
import { openLedger } from "@bot-bottle/ledger"
import { readJson, runProgram, startCluster, waitFor } from "@bot-bottle/testkit"
import { CLI } from "../e2e/cli/cli-host.ts"
import { type LifecycleHost, openLifecycleHost } from "../e2e/lifecycle/lifecycle-host.ts"
import { openSharedHosts } from "./shared-ledger.ts"

const cluster = await startCluster()
afterAll(() => cluster[Symbol.asyncDispose]())

const JOB = { order: "{}", wants: {}, actor: "ann" }

test("INV-48: of 40 jobs and four hosts that ask at once, each job is had by one", async () => {
  await using hosts = await openSharedHosts(cluster)
  const queues = await Promise.all([1, 2, 3, 4].map(async (n) => (await hosts.open(`host-${n}`)).fleet!.jobs))
  for (let index = 0; index < 40; index++) await queues[0]!.put(JOB)
  const taken = await Promise.all(
    queues.flatMap((jobs) => Array.from({ length: 12 }, () => jobs.take({ labels: {}, leaseMs: 60_000 }))),
  )
  const ids = taken.flatMap((job) => job?.id ?? [])
  expect([ids.length, new Set(ids).size]).toEqual([40, 40])
})

test("a job goes to a worker with all the labels it wants, oldest first, and a cancelled one to nobody", async () => {
  await using hosts = await openSharedHosts(cluster)
  const { jobs } = (await hosts.open("one-00000")).fleet!
  const big = await jobs.put({ ...JOB, wants: { gpu: "yes", arch: "x64" } })
  const gone = await jobs.put(JOB)
  const any = await jobs.put(JOB)
  expect(await jobs.cancel(gone)).toBe(true)
  const take = async (labels: Record<string, string>) => (await jobs.take({ labels, leaseMs: 60_000 }))?.id
  expect(await take({ arch: "x64" })).toBe(any)
  expect(await take({ arch: "x64" })).toBeUndefined()
  expect(await take({ arch: "x64", gpu: "yes", zone: "eu" })).toBe(big)
  expect([await jobs.cancel(big), await jobs.cancel(gone)]).toEqual([false, false])
})

test("INV-48: a worker that lost its lease neither keeps nor ends the job that another has taken over", async () => {
  await using hosts = await openSharedHosts(cluster)
  const [one, two] = await Promise.all(
    ["one-00000", "two-00000"].map(async (name) => (await hosts.open(name)).fleet!.jobs),
  )
  await one!.put(JOB)
  const first = (await one!.take({ labels: {}, leaseMs: 50 }))!
  const second = await waitFor("the job of the lost lease", () => two!.take({ labels: {}, leaseMs: 60_000 }))
  expect([first.attempt, second.attempt]).toEqual([1, 2])
  expect(await one!.keep(first, { leaseMs: 60_000, slug: "x" })).toBe(false)
  expect(await one!.end(first, { outcome: "done", exitCode: 0, slug: "x" })).toBe(false)
  expect(await two!.end(second, { outcome: "done", exitCode: 3, slug: "y" })).toBe(true)
  expect(await one!.list({ limit: 5 })).toMatchObject([
    { id: first.id, state: "done", exitCode: 3, slug: "y", host: "two-00000" },
  ])
})

test("a start that one host queues is run by another's worker, in the name of who queued it", async () => {
  await using hosts = await openHosts(SHORT, "ann", "bob")
  const [here, there] = hosts.all
  const queued = await here!.run(
    "start",
    "impl",
    "--headless",
    "--prompt",
    "from afar",
    "--enqueue",
    "--wants",
    "zone=eu",
  )
  expect([queued.exitCode, queued.stdout.trim()]).toEqual([0, "1"])
  expect((await there!.run("worker", "--once", "--labels", "zone=eu")).exitCode).toBe(0)
  const run = await there!.loadRun()
  const jobs = JSON.parse((await here!.run("worker", "--jobs", "--json")).stdout)
  expect(jobs).toMatchObject([
    { id: 1, state: "done", exit_code: 7, slug: run.slug, host: String(there!.ledger.host), actor: "ann", attempts: 1 },
  ])

  // An order from a stranger to this command line gets no folder of the worker's.
  await using queue = await openQueue(hosts.url, here!.root)
  for (const flags of [{ cwd: true }, { workspace: "bind" }, { withSecrets: true }]) {
    await queue.put({ ...JOB, order: JSON.stringify({ agent: "impl", agentArguments: [], prompt: "x", ...flags }) })
    expect((await there!.run("worker", "--once")).exitCode).toBe(0)
  }
  const orders = readJson((await here!.run("worker", "--jobs", "--json")).stdout, [{ error: "string?" }])
  expect(orders.slice(0, 3).map(({ error }) => error)).toEqual(
    Array(3).fill("a job gets no folder of the host that runs it"),
  )

  // A job that cannot be launched says why.
  await here!.run("start", "nobody", "--headless", "--prompt", "x", "--enqueue")
  expect((await there!.run("worker", "--once")).exitCode).toBe(0)
  const [failed] = JSON.parse((await here!.run("worker", "--jobs", "--json")).stdout)
  expect([failed.state, failed.error]).toEqual(["failed", expect.stringContaining("nobody")])
}, 180_000)

test("INV-48: the job of a worker that was killed is taken over within ten seconds, and runs once at a time", async () => {
  await using hosts = await openHosts(LONG, "ann", "bob")
  const [here, there] = hosts.all
  await here!.run("start", "impl", "--headless", "--prompt", "work", "--enqueue")
  const dying = there!.start("worker")
  const first = await waitFor(
    "the first run",
    async () => {
      const run = (await there!.ledger.listRuns({ all: false }))[0]
      return run?.proxy === undefined ? undefined : run
    },
    { deadlineMs: 20_000 },
  )
  await waitFor(
    "the run in the queue",
    async () => JSON.parse((await here!.run("worker", "--jobs", "--json")).stdout)[0].slug ?? undefined,
    { deadlineMs: 10_000 },
  )
  await using heir = here!.start("worker")
  await waitFor("the heir", () => heir.stderr.includes("waiting for jobs"), { deadlineMs: 20_000 })
  dying.kill("SIGKILL")
  const killedAtMs = performance.now()
  const database = hosts.url.split("/").at(-1) ?? ""
  const attempts = () => cluster.psql(database, "SELECT attempts FROM job")
  await waitFor("the takeover", async () => (await attempts()) === "2", { deadlineMs: 30_000 })
  expect(performance.now() - killedAtMs).toBeLessThan(10_000)
  const second = await waitFor("the run of the heir", async () => (await here!.ledger.listRuns({ all: false }))[0], {
    deadlineMs: 30_000,
  })
  expect((await there!.run("list", "--all", "--json")).stdout).toContain('"crashed"')
  expect(second.slug).not.toBe(first.slug)
  const [job] = JSON.parse((await here!.run("worker", "--jobs", "--json")).stdout)
  expect([job.state, job.attempts]).toEqual(["running", 2])
  heir.kill("SIGTERM")
  await heir.result
}, 180_000)

test("a host that cannot isolate leaves its job to another, which runs it", async () => {
  await using hosts = await openHosts(SHORT, "ann", "bob")
  const [here, there] = hosts.all
  await here!.write("settings.yml", `${await Bun.file(`${here!.root}/settings.yml`).text()}backend: docker\n`)
  await here!.run("start", "impl", "--headless", "--prompt", "x", "--enqueue")
  const unfit = await runProgram([...CLI, "worker", "--once"], {
    cwd: here!.cwd,
    env: { ...here!.env, DOCKER_HOST: "unix:///nowhere.sock" },
  })
  expect([unfit.exitCode, unfit.stderr]).toEqual([0, expect.stringContaining("job 1 is left to another worker")])
  await using fit = there!.start("worker")
  const done = await waitFor(
    "the job",
    async () => {
      const [job] = JSON.parse((await there!.run("worker", "--jobs", "--json")).stdout)
      return job.state === "running" ? undefined : job
    },
    { deadlineMs: 30_000 },
  )
  expect([done.state, done.exit_code, done.attempts]).toEqual(["done", 7, 2])
  fit.kill("SIGTERM")
  await fit.result
}, 120_000)

/** Asks once and ends; asks once and stays. */
const SHORT = 'console.log("first", (await ask()).status); process.exit(7);'
const LONG = 'console.log("first", (await ask()).status); setInterval(() => {}, 1000);'

async function openHosts(script: string, ...operators: readonly string[]) {
  const url = await cluster.createDatabase()
  const all: LifecycleHost[] = []
  for (const operator of operators)
    all.push(await openLifecycleHost(script, { env: { BOT_BOTTLE_LEDGER: url, USER: operator } }))
  return {
    url,
    all,
    async [Symbol.asyncDispose]() {
      for (const host of all) await host[Symbol.asyncDispose]()
    },
  }
}

async function openQueue(url: string, home: string) {
  const ledger = await openLedger(join(home, "queue", "bot-bottle.db"), { shared: { url, password: undefined, home } })
  return { ...ledger.fleet!.jobs, [Symbol.asyncDispose]: () => ledger.close() }
}
