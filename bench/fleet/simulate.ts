// Many hosts against one PostgreSQL. Each sends what its runs used since the last time and now and
// then draws a block, with the statements that hosts use. The hosts themselves are not there: this
// is the database's side alone.

import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { openLedger } from "@bot-bottle/ledger"
import type { Cluster } from "@bot-bottle/testkit"
import { SQL } from "bun"

export interface Simulation {
  readonly hosts: number
  readonly runsPerHost: number
  readonly forMs: number
}

const CONNECTIONS = 16
/** How often a host sends: libs/ledger/src/fleet/serve.ts. */
const SEND_MS = 5_000

export async function simulate(cluster: Cluster, { hosts, runsPerHost, forMs }: Simulation): Promise<void> {
  const url = await cluster.createDatabase()
  await makeSchema(url)
  const sql = new SQL({ url, max: CONNECTIONS })
  const lockWaits = watchLocks(sql)
  try {
    await register(sql, hosts, runsPerHost)
    const pushes = await measure(forMs, (turn) => push(sql, turn % hosts, runsPerHost, turn))
    report(`${hosts} hosts × ${runsPerHost} runs, sending`, pushes)
    console.log(
      `  at one batch in ${SEND_MS / 1000} s: room for ${Math.floor((pushes.rate * SEND_MS) / 1000)} such hosts`,
    )
    report("draws, every host on one budget", await measure(forMs / 3, (turn) => draw(sql, turn % hosts, "", turn)))
    report(
      "draws, a budget for every ten hosts",
      await measure(forMs / 3, (turn) => draw(sql, turn % hosts, String(turn % Math.ceil(hosts / 10)), turn)),
    )
    const [size] = await sql`SELECT pg_size_pretty(pg_database_size(current_database())) AS size`
    console.log(
      `  lock waits seen in ${lockWaits.looks()} looks: at most ${lockWaits.most()} of ${CONNECTIONS} statements; database ${size.size}`,
    )
  } finally {
    lockWaits.stop()
    await sql.close()
  }
}

async function makeSchema(url: string): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), "bot-bottle-schema-"))
  const ledger = await openLedger(join(folder, "bot-bottle.db"), { shared: { url, password: undefined, home: folder } })
  await ledger.fleet?.sync()
  await ledger.close()
  rmSync(folder, { recursive: true, force: true })
}

async function register(sql: SQL, hosts: number, runsPerHost: number): Promise<void> {
  await sql`INSERT INTO host (id) SELECT 'host-' || n FROM generate_series(0, ${hosts - 1}) AS n`
  await sql`
    INSERT INTO run (host, slug, label, color, agent, bottles, ancestors, meters, provider, backend, policy, status, started_at_ms, launcher)
    SELECT 'host-' || h, 'run-' || h || '-' || r, 'x', '', 'implementer', '["dev"]', '[]', '["claude"]', 'claude', 'bwrap', 'cutoff', 'running', 1, '1:1:x'
    FROM generate_series(0, ${hosts - 1}) AS h, generate_series(0, ${runsPerHost - 1}) AS r`
}

async function push(sql: SQL, host: number, runs: number, turn: number): Promise<void> {
  const usage = Array.from({ length: runs }, (_, run) => ({
    slug: `run-${host}-${run}`,
    provider: "claude",
    model: "opus",
    quarter_ms: Math.floor(turn / 100_000) * 900_000,
    requests: turn,
    refused_requests: 0,
    estimated_requests: 0,
    input_tokens: turn,
    cache_read_tokens: 0,
    cache_write_tokens: 0,
    output_tokens: turn,
    reasoning_tokens: 0,
    charged_tokens: turn,
    cost_micro_usd: 0,
    unpriced_requests: 0,
  }))
  const body = JSON.stringify({ runs: [], steps: [], usage, audit: [], blocks: [] })
  await sql`SELECT push_host(${`host-${host}`}, ${turn + 1}, ${body}::text::jsonb)`
}

async function draw(sql: SQL, host: number, key: string, turn: number): Promise<void> {
  const kind = key === "" ? "fleet" : "agent"
  await sql`SELECT * FROM draw_block(${`host-${host}`}, ${kind}, ${key}, 'claude', 'total', 0, 1000000000000000, ${turn}, 1000)`
}

interface Measured {
  readonly rate: number
  readonly p50Ms: number
  readonly p99Ms: number
}

async function measure(forMs: number, work: (turn: number) => Promise<void>): Promise<Measured> {
  const times: number[] = []
  const startMs = performance.now()
  let turn = 0
  await Promise.all(
    Array.from({ length: CONNECTIONS }, async () => {
      while (performance.now() - startMs < forMs) {
        const atMs = performance.now()
        await work(turn++)
        times.push(performance.now() - atMs)
      }
    }),
  )
  times.sort((a, b) => a - b)
  const at = (share: number) => times[Math.floor(times.length * share)] ?? 0
  return { rate: (times.length * 1000) / (performance.now() - startMs), p50Ms: at(0.5), p99Ms: at(0.99) }
}

function report(what: string, { rate, p50Ms, p99Ms }: Measured): void {
  console.log(`${what}: ${Math.round(rate)} a second, p50 ${p50Ms.toFixed(1)} ms, p99 ${p99Ms.toFixed(1)} ms`)
}

function watchLocks(sql: SQL) {
  let looks = 0
  let most = 0
  const timer = setInterval(async () => {
    try {
      const [row] = await sql`SELECT count(*)::int AS waiting FROM pg_stat_activity WHERE wait_event_type = 'Lock'`
      looks++
      most = Math.max(most, row.waiting)
    } catch {
      // The pool is being closed.
    }
  }, 250)
  return { stop: () => clearInterval(timer), looks: () => looks, most: () => most }
}
