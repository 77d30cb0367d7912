// Compares what the providers billed with the ledgers of the hosts, with the shared one and with the queue.

import { join } from "node:path"
import { openLedger } from "@bot-bottle/ledger"
import type { Cluster } from "@bot-bottle/testkit"
import { type FleetHost, REQUESTS } from "./fleet-host.ts"
import type { CampaignQueue } from "./queue.ts"

export interface Check {
  readonly claim: string
  /** A sentence for everything that must not be. */
  readonly problems: readonly string[]
}

interface Campaign {
  readonly hosts: readonly FleetHost[]
  readonly queue: CampaignQueue
  readonly cluster: Cluster
  readonly database: string
  readonly ledger: string
  readonly folder: string
  readonly limitTokens: number
}

/** The cost of each request of the campaign's agent. */
const REQUEST_TOKENS = 40

export async function checkBooks(campaign: Campaign): Promise<readonly Check[]> {
  const { hosts, cluster, database, limitTokens } = campaign
  const jobs = await checkJobs(campaign)
  const billed: string[] = []
  const chains: string[] = []
  const shared: string[] = []
  for (const host of hosts) {
    const found = await checkHost(host, campaign)
    billed.push(...found.billed)
    chains.push(...found.chains)
    const there = await cluster.psql(
      database,
      `SELECT coalesce(sum(charged_tokens), 0) FROM usage_quarter WHERE host = '${host.id}'`,
    )
    if (Number(there) !== found.chargedTokens)
      shared.push(`${host.name}: ${found.chargedTokens} tokens in its own ledger, ${there} in the shared one`)
  }
  const granted = Number(await cluster.psql(database, "SELECT coalesce(max(granted_tokens), 0) FROM escrow"))
  return [
    { claim: "no run twice at once", problems: findOverlaps(hosts) },
    { claim: "no job lost, every job done once", problems: jobs },
    { claim: "nothing billed is missing from a host's ledger", problems: billed },
    { claim: "the shared ledger has what the hosts have", problems: shared },
    {
      claim: "no more was granted than the limit",
      problems: granted > limitTokens ? [`${granted} of ${limitTokens}`] : [],
    },
    { claim: "every audit chain is intact", problems: chains },
  ]
}

/** Jobs that were run to their end more than once, one after the other: a worker died before it could say so. */
export function countRepeated(hosts: readonly FleetHost[]): number {
  const requests = new Map<string, number>()
  for (const [model] of hosts.flatMap((host) => host.bill())) {
    const run = model.split("/").slice(0, 2).join("/")
    requests.set(run, (requests.get(run) ?? 0) + 1)
  }
  const whole = [...requests].filter(([, count]) => count >= REQUESTS).map(([run]) => run.split("/")[0] ?? "")
  return whole.length - new Set(whole).size
}

async function checkJobs({ queue }: Campaign): Promise<readonly string[]> {
  const jobs = await queue.read()
  if (jobs === undefined) return ["the database does not answer"]
  const names = jobs.map(({ name }) => name)
  return [
    ...queue.confirmed.filter((name) => !names.includes(name)).map((name) => `${name} was queued and is gone`),
    ...names.filter((name, at) => names.indexOf(name) !== at).map((name) => `${name} is there twice`),
    ...jobs.flatMap(({ name, state, error }) => (state === "done" ? [] : [`${name} is ${state} ${error}`.trimEnd()])),
  ]
}

/** Two runs of one job whose requests interleave. */
function findOverlaps(hosts: readonly FleetHost[]): readonly string[] {
  const runs = new Map<string, { readonly job: string; readonly first: number; readonly last: number }>()
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

async function checkHost(host: FleetHost, { ledger: url, folder }: Campaign) {
  await using ledger = await openLedger(join(host.root, "bot-bottle.db"), {
    shared: { url, password: undefined, home: folder },
  })
  await ledger.sweep({ host: ledger.host, isAlive: () => false })
  await ledger.fleet?.sync()
  const rows = (await ledger.usage({ by: "model" })).map((row) => [row.key, row.chargedTokens] as const)
  const charged = new Map(rows)
  const billed = host.bill().flatMap(([model]) => {
    const tokens = charged.get(model) ?? 0
    return tokens < REQUEST_TOKENS ? [`${host.name}: ${model} was billed, charged ${tokens}`] : []
  })
  const audit = await ledger.verifyAudit()
  const chains =
    audit.outcome === "intact" ? [] : [`seen from ${host.name}: row ${audit.seq} of ${audit.host} is ${audit.problem}`]
  const own = (await ledger.usage({ by: "host" })).find(({ key }) => key === host.id)
  return { billed, chains, chargedTokens: own?.chargedTokens ?? 0 }
}
