// The fault campaign of a fleet: three hosts in network namespaces of their own, a real PostgreSQL
// over TLS, workers that take jobs, and faults at random. In the end the records of hosts, database and
// providers are compared, and the verdict is printed.
//
//   npm run faults -- [--faults 1000] [--every 450] [--seed 1] [--keep]
//
// Needs root, and of Debian: iproute2, faketime, openssl, postgresql, bubblewrap. Nothing of it touches the
// machine's own network: it starts itself again in a network and mount namespace.

import { chmodSync, mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { parseArgs } from "node:util"
import { makeDatabaseCertificate, startCluster } from "@bot-bottle/testkit"
import { checkBooks, countRepeated } from "./books.ts"
import { clockOff, type FleetHost, openFleetHost, SHARED_MEMORY } from "./fleet-host.ts"
import { DATABASE_ADDRESS, must, openBridge } from "./network.ts"
import { createQueue } from "./queue.ts"
import { createRandom, createStrikes } from "./strikes.ts"
import { watchTakeovers } from "./takeovers.ts"
import { printVerdict } from "./verdict.ts"

const { values } = parseArgs({
  options: {
    faults: { type: "string", default: "1000" },
    seed: { type: "string", default: String(Date.now() % 100_000) },
    every: { type: "string", default: "450" },
    keep: { type: "boolean", default: false },
    inside: { type: "boolean", default: false },
  },
})
const missing = ["unshare", "nsenter", "ip", "mount", "faketime", "openssl", "psql", "bwrap"].filter(
  (name) => Bun.which(name) === null,
)
if (process.getuid?.() !== 0 || missing.length > 0) {
  console.error(`the campaign needs root, and of Debian: iproute2 faketime openssl postgresql bubblewrap
not installed: ${missing.join(", ") || "nothing"}`)
  process.exit(2)
}
if (!values.inside) {
  const again = ["unshare", "--net", "--mount", process.execPath, import.meta.path, ...process.argv.slice(2)]
  const child = Bun.spawn([...again, "--inside"], { stdin: "inherit", stdout: "inherit", stderr: "inherit" })
  process.exit(await child.exited)
}

const FAULTS = Number(values.faults)
const HOSTS = 3
const WORKERS = 2
const DAY_S = 86_400
const LIMIT_TOKENS = 1_000_000_000
const SETTLE_MS = 180_000
const SAID_EVERY = 50
const startedAtMs = performance.now()
const random = createRandom(Number(values.seed))
const folder = mkdtempSync(join(tmpdir(), "bot-bottle-campaign-"))
chmodSync(folder, 0o755)

// Clocks that are off keep a file there for each process, and a killed one leaves it.
must("mount", "-t", "tmpfs", "tmpfs", SHARED_MEMORY)
openBridge()
const { authority, serverSettings } = makeDatabaseCertificate({
  folder,
  name: `IP:${DATABASE_ADDRESS}`,
  // Clocks of hosts are an hour off, and a certificate of this minute would not be valid yet.
  prefix: ["env", ...Object.entries(clockOff(-DAY_S)).map((pair) => pair.join("="))],
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
const queue = createQueue(cluster, database)
const startWorker = (host: FleetHost) => host.startWorker(skew())
try {
  for (let number = 1; number <= HOSTS; number += 1)
    hosts.push(await openFleetHost({ folder, number, ledger, keep: values.keep }))
  const [first] = hosts
  const set = await first?.run("budget", "set", "fleet", "claude", String(LIMIT_TOKENS))
  if (set?.exitCode !== 0) throw new Error(`the budget could not be set: ${set?.stderr}`)
  keepWorkers()

  say("three hosts with two workers each")
  await using watch = watchTakeovers(queue, hosts, () => strikes.isDatabaseUp())
  const strikes = createStrikes({ hosts, cluster, random, startWorker, onWorkerDeath: watch.noteDeath })
  for (let fault = 1; fault <= FAULTS; fault += 1) {
    await queue.fill()
    await Bun.sleep(random() * 2 * Number(values.every))
    await strikes.strike()
    keepWorkers()
    if (fault % SAID_EVERY === 0) say(`${fault} faults, ${queue.confirmed.length} jobs queued`)
  }
  strikes.recoverAll()
  keepWorkers()
  say("no more faults; the jobs that are left are done")
  await settleDown()
  say("all jobs are done, or were waited for long enough")
  for (const host of hosts) await host.stopWorkers()
  const bill = hosts.reduce((sum, host) => sum + host.bill().length, 0)
  const [jobs, repeated] = [queue.confirmed.length, countRepeated(hosts)]
  const checks = await checkBooks({ hosts, queue, cluster, database, ledger, folder, limitTokens: LIMIT_TOKENS })
  console.log(`seed ${values.seed}: ${FAULTS} faults (${[...strikes.tally].map((pair) => pair.join(" ")).join(", ")})`)
  console.log(
    `${jobs} jobs, ${bill} requests billed; ${repeated} jobs ran again whose worker died before it could tell`,
  )
  process.exitCode = printVerdict(checks, watch.takeovers) ? 0 : 1
  say("over")
} finally {
  for (const host of hosts) await host[Symbol.asyncDispose]()
  await cluster[Symbol.asyncDispose]()
  if (values.keep) console.log(`kept: ${folder}`)
  else rmSync(folder, { recursive: true, force: true })
}

/** As a service manager does. */
function keepWorkers(): void {
  for (const host of hosts) while (host.workers < WORKERS) startWorker(host)
}

/** An hour behind, right, or an hour ahead. */
function skew(): number {
  return [-3_600, 0, 0, 3_600][Math.floor(random() * 4)] ?? 0
}

async function settleDown(): Promise<void> {
  for (const endMs = performance.now() + SETTLE_MS; performance.now() < endMs; ) {
    const jobs = (await queue.read()) ?? []
    if (jobs.length > 0 && jobs.every(({ state }) => state === "done" || state === "failed")) return
    keepWorkers()
    await Bun.sleep(500)
  }
}

function say(text: string): void {
  const seconds = Math.round((performance.now() - startedAtMs) / 1000)
  process.stdout.write(`${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")} ${text}\n`)
}
