// A made-up host for tests, benches and pictures: runs in every state, with requests, denials
// and limits, all from a fixed clock and a fixed sequence of numbers.

import type { BudgetRow, HostEvent, HostEventBody, RequestRow, RunRow } from "@bot-bottle/contracts"
import { sampleAccounts } from "./sample-accounts.ts"
import { askRows, deniedRows } from "./sample-asks.ts"

/** 2026-11-28 14:03:22 UTC. */
export const SAMPLE_NOW_MS = Date.UTC(2026, 10, 28, 14, 3, 22)

interface Sketch {
  readonly label: string
  readonly color: string
  readonly agent: string
  readonly bottles: readonly string[]
  readonly provider: string
  readonly status: RunRow["status"]
  readonly shutdown: RunRow["shutdown"]
  readonly limit: number
  readonly scope: BudgetRow["scope"]
  readonly share: number
  /** Tokens a minute. */
  readonly pace: number
  readonly open: number
  readonly denied: number
  readonly lastMs: number
}

// biome-ignore format: a table
const SKETCHES: readonly Sketch[] = [
  { label: "fix the login redirect", color: "cyan", agent: "implementer", bottles: ["dev", "gitea"], provider: "claude", status: "running", shutdown: "freeze", limit: 2_000_000, scope: "agent", share: 0.78, pace: 8_100, open: 2, denied: 3, lastMs: 1_000 },
  { label: "review #482", color: "magenta", agent: "reviewer", bottles: ["dev"], provider: "codex", status: "cut", shutdown: "cutoff", limit: 500_000, scope: "agent", share: 1.0002, pace: 0, open: 0, denied: 0, lastMs: 320_000 },
  { label: "nightly triage", color: "", agent: "triager", bottles: ["readonly"], provider: "claude", status: "running", shutdown: "cutoff", limit: 300_000, scope: "run", share: 0.31, pace: 4_000, open: 0, denied: 0, lastMs: 48_000 },
  { label: "migrate to vite 9", color: "green", agent: "implementer", bottles: ["dev", "npm"], provider: "claude", status: "running", shutdown: "freeze", limit: 2_000_000, scope: "bottle", share: 0.44, pace: 30_000, open: 3, denied: 14, lastMs: 400 },
  { label: "docs: configuration", color: "yellow", agent: "writer", bottles: ["docs"], provider: "claude", status: "frozen", shutdown: "freeze", limit: 400_000, scope: "bottle", share: 0.62, pace: 0, open: 0, denied: 0, lastMs: 500_000 },
  { label: "flaky test hunt", color: "", agent: "implementer", bottles: ["dev"], provider: "claude", status: "running", shutdown: "cutoff", limit: 1_500_000, scope: "run", share: 0.12, pace: 9_500, open: 1, denied: 0, lastMs: 2_000 },
  { label: "bump dependencies", color: "blue", agent: "maintainer", bottles: ["dev", "npm"], provider: "codex", status: "running", shutdown: "cutoff", limit: 250_000, scope: "run", share: 0.93, pace: 1_100, open: 1, denied: 1, lastMs: 5_000 },
  { label: "perf: cold start", color: "", agent: "implementer", bottles: ["dev"], provider: "claude", status: "running", shutdown: "cutoff", limit: 2_000_000, scope: "run", share: 0.27, pace: 12_000, open: 1, denied: 0, lastMs: 1_000 },
  { label: "notes de version 2.0 en français", color: "red", agent: "writer", bottles: ["docs"], provider: "pi", status: "running", shutdown: "cutoff", limit: 400_000, scope: "run", share: 0.08, pace: 3_700, open: 0, denied: 0, lastMs: 65_000 },
  { label: "spike: wasm parser", color: "", agent: "implementer", bottles: ["dev", "crates"], provider: "claude", status: "running", shutdown: "kill", limit: 800_000, scope: "run", share: 0.83, pace: 9_000, open: 1, denied: 2, lastMs: 3_000 },
]

export interface SampleOptions {
  readonly runs?: number
  readonly nowMs?: number
  /** Instead of the labels, models and hosts of the sample. */
  readonly hostileText?: string
}

/** The stream of a host whose `runs` runs have lasted for half an hour. */
export function sampleEvents({
  runs = 10,
  nowMs = SAMPLE_NOW_MS,
  hostileText,
}: SampleOptions = {}): readonly HostEvent[] {
  const random = createRandom(7)
  const sketches = Array.from({ length: runs }, (_, index) => sketchAt(index, hostileText))
  const rows = sketches.map((sketch, index) => runRow(sketch, index, nowMs, random))
  const requests = sketches.flatMap((sketch, index) =>
    requestRows(sketch, rows[index] as RunRow, nowMs, random, hostileText),
  )
  const open = requests.filter(({ status }) => status === "reserved")
  const bodies: readonly (readonly [number, HostEventBody])[] = [
    [nowMs - 1_800_000, { kind: "hello", host: "atlas", version: "0.1.0" }],
    [nowMs, { kind: "snapshot", runs: rows, budgets: hostBudgets(nowMs), open_requests: open, past_runs: 9_874 }],
    ...requests
      .filter(({ status }) => status !== "reserved")
      .map((row) => [nowMs, { kind: "request", ...row }] as const),
    ...(runs >= 10
      ? deniedRows(rows, hostileText).map(([agoMs, row]) => [nowMs - agoMs, { kind: "denied", ...row }] as const)
      : []),
    ...(runs >= 10 ? askRows(rows, nowMs, hostileText).map((row) => [nowMs, { kind: "ask", ...row }] as const) : []),
    ...sampleAccounts(nowMs, hostileText).map((row) => [nowMs, { kind: "account", ...row }] as const),
    ...historyOf(rows, nowMs),
    [nowMs, { kind: "tick", past_runs: 9_874 }],
  ]
  return bodies.map(([atMs, body], index) => ({ v: 1, cursor: `${index}`, at: new Date(atMs).toISOString(), ...body }))
}

function sketchAt(index: number, hostileText: string | undefined): Sketch {
  const sketch = SKETCHES[index % SKETCHES.length] as Sketch
  const turn = Math.floor(index / SKETCHES.length)
  const label = hostileText ?? (turn === 0 ? sketch.label : `${sketch.label} ${turn + 1}`)
  return {
    ...sketch,
    label,
    agent: hostileText ?? sketch.agent,
    share: Math.min(1.01, sketch.share * Math.max(0.05, 1 - turn * 0.07)),
  }
}

function runRow(sketch: Sketch, index: number, nowMs: number, random: () => number): RunRow {
  const id = Array.from({ length: 5 }, () => "0123456789abcdefghijklmnopqrstuvwxyz"[Math.floor(random() * 36)]).join("")
  const slug = `${(SKETCHES[index % SKETCHES.length] as Sketch).label
    .replace(/[^a-z0-9]+/g, "-")
    .slice(0, 24)
    .replace(/-$/, "")}-${id}`
  const { limit, scope, share, provider } = sketch
  const key =
    scope === "run" ? slug : scope === "agent" ? sketch.agent : scope === "bottle" ? (sketch.bottles[0] ?? "") : ""
  const used = Math.round(limit * share)
  return {
    ...{ slug, label: sketch.label, color: sketch.color, agent: sketch.agent, bottles: sketch.bottles, ancestors: [] },
    ...{ provider, backend: "bwrap", shutdown: sketch.shutdown, status: sketch.status },
    started_at: new Date(nowMs - 190_000 - index * 61_000).toISOString(),
    ended_at: null,
    exit_code: null,
    end_reason: null,
    budgets: [
      {
        scope,
        key,
        provider,
        limit,
        used,
        reserved: sketch.open * 24_000,
        window: "day",
        is_ceiling: false,
        resets_at: midnight(nowMs),
      },
    ],
    usage: {
      ...{
        requests: 40,
        refused_requests: sketch.status === "cut" ? 2 : 0,
        input_tokens: 568_408,
        output_tokens: 259_112,
      },
      ...{ cache_read_tokens: 15_575_296, cache_write_tokens: 530_664, reasoning_tokens: 99_208, charged_tokens: used },
    },
    ...{ cost_usd: null, host: null, forge: null, observe: false, parked_until: null, tags: {} },
  }
}

function requestRows(
  sketch: Sketch,
  run: RunRow,
  nowMs: number,
  random: () => number,
  hostileText?: string,
): readonly RequestRow[] {
  const model = hostileText ?? (sketch.provider === "codex" ? "gpt-5.3-codex" : "claude-opus-4-6")
  const base = { slug: run.slug, provider: sketch.provider, model, cost_usd: null }
  const none = {
    input_tokens: 0,
    output_tokens: 0,
    cache_read_tokens: 0,
    cache_write_tokens: 0,
    reasoning_tokens: 0,
    charged_tokens: 0,
  }
  const open = Array.from(
    { length: sketch.open },
    (_, index): RequestRow => ({
      ...{ ...base, ...none, id: `${run.slug}-open-${index}`, status: "reserved", reserved_tokens: 24_000 },
      ...{ started_at: new Date(nowMs - 1_500 - index * 2_600).toISOString(), ended_at: null, upstream_status: null },
    }),
  )
  const ended: RequestRow[] = []
  for (
    let at = nowMs - sketch.lastMs;
    sketch.pace > 0 && at > nowMs - 1_500_000 && ended.length < 40;
    at -= 20_000 + random() * 50_000
  ) {
    const tookMs = 2_000 + random() * 21_000
    const charged = Math.round(sketch.pace * (0.4 + random() * 0.8))
    const isFailed = random() < 0.04
    ended.push({
      ...{
        ...base,
        id: `${run.slug}-${ended.length}`,
        status: isFailed ? "failed" : "settled",
        reserved_tokens: 24_000,
      },
      ...{ input_tokens: Math.round(charged * 0.4), output_tokens: Math.round(charged * 0.2) },
      ...{ cache_read_tokens: Math.round(charged * 8), cache_write_tokens: Math.round(charged * 0.4) },
      ...{
        reasoning_tokens: Math.round(charged * 0.05),
        charged_tokens: charged,
        upstream_status: isFailed ? 529 : 200,
      },
      ...{ started_at: new Date(at - tookMs).toISOString(), ended_at: new Date(at).toISOString() },
    })
  }
  return [...open, ...ended.reverse()]
}

function hostBudgets(nowMs: number): readonly BudgetRow[] {
  const base = { scope: "host", key: "", window: "day", is_ceiling: false, resets_at: midnight(nowMs) } as const
  return [
    { ...base, provider: "claude", limit: 5_000_000, used: 3_421_870, reserved: 168_000 },
    { ...base, provider: "codex", limit: 2_000_000, used: 412_004, reserved: 24_000 },
    {
      ...base,
      provider: "claude",
      limit: 20_000_000,
      used: 11_204_512,
      reserved: 168_000,
      is_ceiling: true,
      window: "total",
      resets_at: null,
    },
  ]
}

function midnight(nowMs: number): string {
  return new Date(Math.ceil(nowMs / 86_400_000) * 86_400_000).toISOString()
}

function historyOf(rows: readonly RunRow[], nowMs: number): readonly (readonly [number, HostEventBody])[] {
  const first = rows[0]?.slug ?? ""
  return [
    [nowMs - 150_000, { kind: "audit", seq: 11, slug: first, action: "run-started", actor: "ana", detail: {} }],
    [
      nowMs - 60_000,
      {
        kind: "audit",
        seq: 12,
        slug: first,
        action: "budget-warning",
        actor: "proxy",
        detail: { percent: 80, limitTokens: 2_000_000, usedTokens: 1_600_120 },
      },
    ],
  ]
}

/** The same numbers every time: a small linear congruential generator. */
function createRandom(seed: number): () => number {
  let state = seed
  return () => {
    state = (state * 1_664_525 + 1_013_904_223) % 4_294_967_296
    return state / 4_294_967_296
  }
}
