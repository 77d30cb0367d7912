// Compares what the providers billed with the ledgers of the hosts and with the queue.

import { join } from "node:path"
import { openLedger } from "@bot-bottle/ledger"
import type { Cluster } from "@bot-bottle/testkit"
import type { FleetHost } from "./fleet-host.ts"

export interface JobState {
  readonly id: number
  readonly state: string
  readonly attempts: number
  readonly host: string
  readonly error: string
}

export async function readJobs(cluster: Cluster, database: string): Promise<readonly JobState[]> {
  const columns = "id, state, attempts, coalesce(host, ''), replace(coalesce(error, ''), '|', ' ')"
  const text = await cluster.psql(database, `SELECT ${columns} FROM job ORDER BY id`)
  return text === ""
    ? []
    : text.split("\n").map((line) => {
        const [id = "", state = "", attempts = "", host = "", error = ""] = line.split("|")
        return { id: Number(id), state, attempts: Number(attempts), host, error }
      })
}

interface Campaign {
  readonly cluster: Cluster
  readonly database: string
  readonly queued: number
}

/** A sentence for everything that must not be. */
export async function checkBooks(
  hosts: readonly FleetHost[],
  { cluster, database, queued }: Campaign,
): Promise<readonly string[]> {
  const problems: string[] = []
  const jobs = await readJobs(cluster, database)
  if (jobs.length !== queued) problems.push(`${queued} jobs were queued, and the database has ${jobs.length}`)
  for (const { id, state, error } of jobs)
    if (state !== "done") problems.push(`job ${id} is ${state}${error === "" ? "" : `: ${error}`}`)
  problems.push(...findOverlaps(hosts))
  for (const host of hosts) problems.push(...(await checkHost(host)))
  return problems
}

/** Two runs of one job whose requests interleave. */
function findOverlaps(hosts: readonly FleetHost[]): readonly string[] {
  const runs = new Map<string, { readonly job: string; first: number; last: number }>()
  for (const [model, atMs] of hosts.flatMap((host) => host.bill())) {
    const [job = "", word = ""] = model.split("/")
    const run = runs.get(word) ?? { job, first: atMs, last: atMs }
    runs.set(word, { ...run, first: Math.min(run.first, atMs), last: Math.max(run.last, atMs) })
  }
  return [...Map.groupBy(runs.values(), ({ job }) => job)].flatMap(([job, found]) => {
    const inOrder = found.toSorted((a, b) => a.first - b.first)
    return inOrder.slice(1).flatMap((run, at) => {
      const before = inOrder[at]
      return before !== undefined && run.first <= before.last ? [`${job} ran twice at once`] : []
    })
  })
}

async function checkHost(host: FleetHost): Promise<readonly string[]> {
  const ledger = await openLedger(join(host.root, "bot-bottle.db"))
  try {
    await ledger.sweep({ host: ledger.host, isAlive: () => false })
    const booked = new Map((await ledger.usage({ by: "model" })).map((row) => [row.key, row]))
    const missing = host.bill().flatMap(([model]) => {
      const row = booked.get(model)
      return row === undefined || row.chargedTokens < 40
        ? [`${host.name}: ${model} was billed, charged ${row?.chargedTokens ?? 0}`]
        : []
    })
    const audit = await ledger.verifyAudit()
    return [...missing, ...(audit.outcome === "intact" ? [] : [`${host.name}: its audit chain is ${audit.outcome}`])]
  } finally {
    await ledger.close()
  }
}
