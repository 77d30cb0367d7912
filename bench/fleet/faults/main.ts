// The fault campaign of a fleet: three hosts in network namespaces of their own, a real PostgreSQL
// over TLS, workers that take jobs, and faults at random. In the end the books of hosts, database and
// providers are compared.
//
//   bun bench/fleet/faults/main.ts [--faults 1000] [--seed 1] [--every 600] [--keep]
//
// Needs root, iproute2, faketime, openssl and PostgreSQL's server. Nothing of it touches the machine's
// own network: it starts itself again in a network and mount namespace.

import { chmodSync, mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { parseArgs } from "node:util"
import { makeDatabaseCertificate, startCluster } from "@bot-bottle/testkit"
import { checkBooks, readJobs } from "./books.ts"
import { type FleetHost, openFleetHost } from "./fleet-host.ts"
import { DATABASE_ADDRESS, openBridge } from "./network.ts"

const { values } = parseArgs({
  options: {
    faults: { type: "string", default: "1000" },
    seed: { type: "string", default: String(Date.now() % 100_000) },
    every: { type: "string", default: "600" },
    keep: { type: "boolean", default: false },
    inside: { type: "boolean", default: false },
  },
})
if (!values.inside) {
  const again = [
    "unshare",
    "--net",
    "--mount",
    process.execPath,
    import.meta.path,
    ...process.argv.slice(2),
    "--inside",
  ]
  process.exit(await Bun.spawn(again, { stdin: "inherit", stdout: "inherit", stderr: "inherit" }).exited)
}

const FAULTS = Number(values.faults)
const HOSTS = 3
const WORKERS = 2
/** Fewer than workers: some are free to take over. */
const JOBS_AT_ONCE = 4
const random = createRandom(Number(values.seed))
const folder = mkdtempSync(join(tmpdir(), "bot-bottle-campaign-"))
chmodSync(folder, 0o755)

openBridge()
const { authority, serverSettings } = makeDatabaseCertificate({
  folder,
  name: `IP:${DATABASE_ADDRESS}`,
  // Clocks of hosts are an hour off, and a certificate of this minute would not be valid yet.
  prefix: ["faketime", "-f", "-1d"],
})
const cluster = await startCluster({
  fsync: "on",
  listen_addresses: `127.0.0.1,${DATABASE_ADDRESS}`,
  ...serverSettings,
})
await cluster.allow(`hostssl all all ${DATABASE_ADDRESS}/24 trust`)
const local = new URL(await cluster.createDatabase())
const database = local.pathname.slice(1)
const ledger = `postgres://${local.username}@${DATABASE_ADDRESS}:${local.port}/${database}?sslrootcert=${authority}`

const hosts: FleetHost[] = []
const tally = new Map<string, number>()
const takeovers: number[] = []
/** By the host's name in the ledger. */
const killedAt = new Map<string, number>()
let queued = 0
try {
  for (let number = 1; number <= HOSTS; number += 1) hosts.push(await openFleetHost(folder, number, ledger))
  await must(hosts[0], "budget", "set", "fleet", "claude", "1B")
  for (const host of hosts) for (let n = 0; n < WORKERS; n += 1) host.startWorker(skew())

  const watching = watchTakeovers()
  for (let fault = 0; fault < FAULTS; fault += 1) {
    await fillQueue()
    await Bun.sleep(random() * 2 * Number(values.every))
    await strike()
    keepWorkers()
    if (fault % 50 === 49) process.stdout.write(`${fault + 1} faults, ${queued} jobs queued\n`)
  }
  for (const host of hosts) {
    host.network.setLink(true)
    host.freeDisk()
  }
  keepWorkers()
  await settleDown()
  watching.stop()
  await watching.done
  const problems = await checkBooks(hosts, { cluster, database, queued })
  report(problems)
  process.exitCode = problems.length === 0 ? 0 : 1
} finally {
  for (const host of hosts) await host[Symbol.asyncDispose]()
  await cluster[Symbol.asyncDispose]()
  if (values.keep) console.log(`kept: ${folder}`)
  else rmSync(folder, { recursive: true, force: true })
}

async function strike(): Promise<void> {
  const host = hosts[Math.floor(random() * hosts.length)]
  if (host === undefined) return
  const kinds = ["worker", "worker", "proxy", "proxy", "database", "partition", "disk"] as const
  const kind = kinds[Math.floor(random() * kinds.length)] ?? "worker"
  tally.set(kind, (tally.get(kind) ?? 0) + 1)
  switch (kind) {
    case "worker":
      if (await host.killWorker(random())) killedAt.set(await host.loadId(), Date.now())
      host.startWorker(skew())
      return
    case "proxy":
      return void host.killProxy(random())
    case "database":
      return await cluster.crash()
    case "partition":
      host.network.setLink(false)
      await Bun.sleep(random() * 3_000)
      return host.network.setLink(true)
    case "disk":
      host.fillDisk()
      await Bun.sleep(random() * 1_500)
      return host.freeDisk()
  }
}

/** As a service manager does. */
function keepWorkers(): void {
  for (const host of hosts) while (host.workers < WORKERS) host.startWorker(skew())
}

/** An hour behind, right, or an hour ahead. */
function skew(): number {
  return [-3_600, 0, 0, 3_600][Math.floor(random() * 4)] ?? 0
}

async function fillQueue(): Promise<void> {
  const open = (await jobsNow()).filter(({ state }) => state === "queued" || state === "running").length
  for (let missing = JOBS_AT_ONCE - open; missing > 0; missing -= 1) {
    const order = JSON.stringify({ agent: "impl", agentArguments: [], headless: true, prompt: `job-${queued + 1}` })
    const statement = `INSERT INTO job ("order", wants, actor) VALUES ('${order}', '{}', 'campaign')`
    if ((await cluster.psql(database, statement).catch(() => undefined)) === undefined) return
    queued += 1
  }
}

function jobsNow() {
  return readJobs(cluster, database).catch(() => [])
}

/** How long a dead worker's job waited for another one. */
function watchTakeovers() {
  let isOver = false
  const known = new Map<number, { readonly attempts: number; readonly host: string }>()
  const watch = async (): Promise<void> => {
    while (!isOver) {
      for (const { id, attempts, host } of await jobsNow()) {
        const before = known.get(id)
        const deathMs = before === undefined ? undefined : killedAt.get(before.host)
        if (before !== undefined && attempts > before.attempts && deathMs !== undefined && attempts > 1)
          takeovers.push(Date.now() - deathMs)
        known.set(id, { attempts, host })
      }
      await Bun.sleep(250)
    }
  }
  const done = watch()
  return {
    done,
    stop: () => {
      isOver = true
    },
  }
}

async function settleDown(): Promise<void> {
  const endMs = Date.now() + 180_000
  while (Date.now() < endMs) {
    const jobs = await jobsNow()
    if (jobs.length > 0 && jobs.every(({ state }) => state === "done" || state === "failed")) return
    await Bun.sleep(500)
  }
}

async function must(host: FleetHost | undefined, ...args: readonly string[]): Promise<void> {
  const ended = await host?.run(...args)
  if (ended?.exitCode !== 0) throw new Error(`${args.join(" ")}: ${ended?.stderr}`)
}

function report(problems: readonly string[]): void {
  const sorted = takeovers.toSorted((a, b) => a - b)
  console.log(`seed ${values.seed}: ${FAULTS} faults (${[...tally].map(([kind, n]) => `${kind} ${n}`).join(", ")})`)
  console.log(`${queued} jobs, ${hosts.reduce((sum, host) => sum + host.bill().length, 0)} requests billed`)
  const at = (part: number) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? 0
  console.log(
    `takeover after a worker's death: median ${at(0.5)} ms, p90 ${at(0.9)} ms, most ${at(1)} ms, of ${sorted.length}; the database was away in some`,
  )
  for (const problem of problems) console.log(`PROBLEM: ${problem}`)
  if (problems.length === 0) console.log("no run twice, none lost, nothing billed missing, every audit chain intact")
}

/** The same numbers for the same seed. */
function createRandom(seed: number): () => number {
  let state = seed
  return () => {
    state = (state * 1_664_525 + 1_013_904_223) % 2 ** 32
    return state / 2 ** 32
  }
}
