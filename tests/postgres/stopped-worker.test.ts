// A worker that is stopped, and not dead: its proxy and its agent run on.

import { afterAll, expect, test } from "bun:test"
import { join } from "node:path"
import { EGRESS_FILES } from "@bot-bottle/contracts"
import { isProcessAlive, killProcess, pidOf } from "@bot-bottle/kernel"
import { readEvents } from "@bot-bottle/proxy/testing"
import { startCluster, waitFor } from "@bot-bottle/testkit"
import { openLifecycleHost, USAGE } from "../e2e/lifecycle/lifecycle-host.ts"

const cluster = await startCluster()
afterAll(() => cluster[Symbol.asyncDispose]())

/** Asks again and again, whatever the answer. */
const BUSY = "for (;;) { await ask().catch(() => {}); await Bun.sleep(100) }"
/** Asks until the answer tells it to leave. */
const UNTIL_TOLD = 'while (!(await (await ask()).text()).includes("leave")) await Bun.sleep(50); process.exit(7)'
/** Longer than a lease. */
const KEPT_MS = 7_000
/** A worker and a run start more slowly on a machine with other things to do. */
const DEADLINE_MS = 30_000

test("INV-48: the requests of a stopped worker's run have ended before those of the next worker's begin", async () => {
  const url = await cluster.createDatabase()
  await using there = await openBusyHost(url, "ann")
  await using here = await openBusyHost(url, "bob")
  await here.run("start", "impl", "--headless", "--prompt", "work", "--enqueue")
  await using stopped = there.start("worker")
  await waitFor("requests for longer than a lease", () => spanOf(there.askedAtMs) > KEPT_MS, {
    deadlineMs: KEPT_MS + DEADLINE_MS,
    describe: () => stopped.stderr,
  })
  const first = await there.loadRun()
  const launcher = pidOf(first.launcher)!
  process.kill(launcher, "SIGSTOP")
  await using heir = here.start("worker")
  await waitFor("requests of the heir's run", () => here.askedAtMs.length > 10, {
    deadlineMs: DEADLINE_MS,
    describe: () => heir.stderr,
  })

  expect(there.askedAtMs.at(-1)!).toBeLessThan(here.askedAtMs[0]!)
  // The first agent has asked all the time.
  const events = readEvents(join(there.stateFolder(first.slug), "egress", EGRESS_FILES.events))
  expect(events.filter(({ reason }) => reason === "lease-expired").length).toBeGreaterThan(10)

  process.kill(launcher, "SIGCONT")
  await waitFor("the end of the first run", async () => (await there.loadRun()).status !== "running", {
    deadlineMs: DEADLINE_MS,
  })
  const [job] = JSON.parse((await here.run("worker", "--jobs", "--json")).stdout)
  expect([job.state, String(job.host)]).toEqual(["running", String(here.ledger.host)])
  expect(there.askedAtMs.at(-1)!).toBeLessThan(here.askedAtMs[0]!)
  for (const worker of [stopped, heir]) {
    worker.kill("SIGTERM")
    await worker.result
  }
}, 240_000)

test("INV-48: a job whose agent has ended is done, although the worker is asked to stop before it has seen that end", async () => {
  const url = await cluster.createDatabase()
  let text = "stay"
  await using host = await openLifecycleHost(UNTIL_TOLD, {
    env: { BOT_BOTTLE_LEDGER: url, USER: "ann" },
    reply: () => ({ text, usage: USAGE }),
  })
  await host.run("start", "impl", "--headless", "--prompt", "work", "--enqueue")
  await using worker = host.start("worker")
  await waitFor("the agent's request", () => host.standIn.bill.length > 0, {
    deadlineMs: DEADLINE_MS,
    describe: () => worker.stderr,
  })
  const [launcher, , bottle] = await host.loadParts()
  killProcess(launcher!, "SIGSTOP")
  text = "leave"
  await waitFor("the end of the bottle", () => !isProcessAlive(bottle!), { deadlineMs: DEADLINE_MS })
  killProcess(launcher!, "SIGTERM")
  killProcess(launcher!, "SIGCONT")
  await worker.result
  // On a machine with much else to do the lease may be lost meanwhile. Then the job is not this worker's to end.
  const isLost = worker.stderr.includes("job 1 lost")
  const { status, exitCode, endReason } = await host.loadRun()
  expect([status, exitCode, endReason]).toEqual(["ended", 7, undefined])
  const [job] = JSON.parse((await host.run("worker", "--jobs", "--json")).stdout)
  expect([job.state, job.exit_code]).toEqual(isLost ? ["running", null] : ["done", 7])
}, 120_000)

test("a stop ends a worker that cannot tell the queue of its job's end, and it says so", async () => {
  const url = await cluster.createDatabase()
  let stopping: Promise<void> | undefined
  await using host = await openLifecycleHost("await ask(); await Bun.sleep(500); process.exit(7)", {
    env: { BOT_BOTTLE_LEDGER: url, USER: "ann" },
    reply() {
      stopping ??= cluster.stop()
      return { text: "ok", usage: USAGE }
    },
  })
  await host.run("start", "impl", "--headless", "--prompt", "work", "--enqueue")
  await using worker = host.start("worker")
  const says = (text: string) =>
    waitFor(text, () => worker.stderr.includes(text), { deadlineMs: DEADLINE_MS, describe: () => worker.stderr })
  await says("job 1 ended with exit code 7")
  await says("cannot reach the queue")
  worker.kill("SIGTERM")
  await says("job 1 has ended and the queue does not know it")
  await worker.result
  await stopping
}, 120_000)

async function openBusyHost(url: string, operator: string) {
  const askedAtMs: number[] = []
  const host = await openLifecycleHost(BUSY, {
    env: { BOT_BOTTLE_LEDGER: url, USER: operator },
    reply: () => {
      askedAtMs.push(performance.now())
      return { text: "ok", usage: USAGE }
    },
  })
  return { ...host, askedAtMs }
}

function spanOf(times: readonly number[]): number {
  return (times.at(-1) ?? 0) - (times[0] ?? 0)
}
