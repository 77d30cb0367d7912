// The command line on two hosts that share a ledger: two roots, one database, real runs.

import { afterAll, expect, test } from "bun:test"
import { readJson, startCluster, waitFor } from "@bot-bottle/testkit"
import { DILIGENT, type LifecycleHost, openLifecycleHost } from "../e2e/lifecycle/lifecycle-host.ts"

const cluster = await startCluster()
afterAll(() => cluster[Symbol.asyncDispose]())

test("runs of one host are seen, priced and stopped from another, in the name of who asked", async () => {
  await using hosts = await openTwoHosts()
  const { here, there } = hosts
  await using program = await there.launch("work")
  const run = await there.loadRun()

  const listed = await waitFor(
    "the run of the other host",
    async () => JSON.parse((await here.run("list", "--json")).stdout)[0],
    { deadlineMs: 15_000 },
  )
  expect([listed.slug, listed.host, listed.status]).toEqual([run.slug, String(there.ledger.host), "running"])
  const usage = await waitFor(
    "the usage of the other host",
    async () => {
      const { rows } = JSON.parse((await here.run("usage", "--by", "host", "--json")).stdout)
      return rows.length > 0 ? rows : undefined
    },
    { deadlineMs: 15_000 },
  )
  expect(usage).toMatchObject([{ host: String(there.ledger.host), charged_tokens: 100 }])

  const logs = await here.run("logs", run.slug)
  expect([logs.exitCode, logs.stderr]).toEqual([
    1,
    expect.stringContaining(`run '${run.slug}' is on ${there.ledger.host}`),
  ])

  // The other host may report again before the list is read.
  await waitFor(
    "a warning of a silent host",
    async () => {
      await cluster.psql(hosts.database, "UPDATE host SET last_seen = now() - interval '10 minutes'")
      return (await here.run("list")).stderr.includes(`${there.ledger.host} was last seen 10m ago`)
    },
    { deadlineMs: 15_000 },
  )

  const killed = await here.run("kill", run.slug)
  expect([killed.exitCode, killed.stdout.trim()]).toEqual([0, `${run.slug}: killed`])
  expect((await program.result).exitCode).toBe(137)
  const audit = readJson((await there.run("audit", "--json")).stdout, [{ kind: "string", actor: "string" }])
  expect(audit.filter(({ kind }) => kind === "kill-requested").map(({ actor }) => actor)).toEqual(["ann"])
  const again = await here.run("kill", run.slug)
  expect([again.exitCode, again.stderr]).toEqual([1, expect.stringContaining("is killed already")])
}, 120_000)

test("INV-5: a budget of the fleet that one host sets stops the run of another", async () => {
  await using hosts = await openTwoHosts()
  const { here, there } = hosts
  expect((await here.run("budget", "set", "fleet", "claude", "350")).exitCode).toBe(0)
  await using program = await there.launch("work")
  for (let round = 0; round < 4; round++) {
    program.write("again\n")
    await program.untilStdout(new RegExp(`(again \\d+[^]*){${round + 1}}`))
  }
  const answers = [...program.stdout.matchAll(/(?:first|again) (\d+)/g)].map(([, status]) => status)
  expect(answers.filter((status) => status === "200").length).toBeLessThanOrEqual(3)
  expect(answers.at(-1)).not.toBe("200")
  const budgets = JSON.parse((await here.run("budget", "list", "--json")).stdout)
  expect(budgets).toMatchObject([{ scope: "fleet", provider: "claude", limit: 350 }])
}, 120_000)

test("a database that is gone keeps nobody from seeing this host's runs, and they are told what is missing", async () => {
  await using server = await startCluster()
  const url = await server.createDatabase()
  await using host = await openLifecycleHost(DILIGENT, { env: { BOT_BOTTLE_LEDGER: url, USER: "ann" } })
  await using _program = await host.launch("work")
  await server.stop()
  const { slug } = await host.loadRun()
  const listed = await host.run("list", "--json")
  expect(JSON.parse(listed.stdout).map((row: { slug: string }) => row.slug)).toEqual([slug])
  expect(listed.stderr).toContain("only what this host knows is shown")
  const killed = await host.run("kill", "impl-elsew")
  expect([killed.exitCode, killed.stderr]).toEqual([
    1,
    expect.stringContaining("no run of this host is 'impl-elsew', and others cannot be asked: The shared ledger"),
  ])
  const started = await host.run("start", "impl", "--headless", "--prompt", "work once")
  expect(started.stderr).toContain("the run spends what this host has of shared budgets")
}, 120_000)

async function openTwoHosts() {
  const url = await cluster.createDatabase()
  const open = (operator: string): Promise<LifecycleHost> =>
    openLifecycleHost(DILIGENT, { env: { BOT_BOTTLE_LEDGER: url, USER: operator } })
  const [here, there] = await Promise.all([open("ann"), open("bob")])
  return {
    here,
    there,
    database: url.split("/").at(-1) ?? "",
    async [Symbol.asyncDispose]() {
      await Promise.all([here[Symbol.asyncDispose](), there[Symbol.asyncDispose]()])
    },
  }
}
