import { expect, test } from "bun:test"
import type { HostId, ProcessIdentity, Run } from "@bot-bottle/contracts"
import type { GoverningBudget } from "@bot-bottle/ledger"
import { createPaint } from "../../terminal/paint.ts"
import { listJson, listTable, noteCrashed } from "./list.ts"

const STARTED_AT_MS = Date.parse("2026-11-22T10:00:00.000Z")

test("listJson: every key of a run", () => {
  const row = listJson({
    run: ended,
    usedTokens: 700,
    observes: false,
    cutBy: undefined,
    resumeAtMs: undefined,
    costUsd: 0.42,
    budgets: [governing("claude"), governing("codex")],
  })
  expect({ ...row, started_at: Date.parse(row.started_at), ended_at: Date.parse(row.ended_at ?? "") }).toEqual({
    slug: "fix-abc12",
    label: "fix",
    color: "red",
    host: "atlas-00000" as HostId,
    agent: "implementer",
    bottles: ["dev", "claude-dev"],
    provider: "claude",
    backend: "bwrap",
    status: "ended",
    observe: false,
    started_at: STARTED_AT_MS,
    ended_at: STARTED_AT_MS + 60_000,
    tags: {},
    exit_code: 0,
    end_reason: null,
    parked_until: null,
    used_tokens: 700,
    cost_usd: 0.42,
    budget: { provider: "claude", scope: "bottle", key: "dev", unit: "tokens", limit: 2000, used: 1500, window: "day" },
    budgets: [
      { provider: "claude", scope: "bottle", key: "dev", unit: "tokens", limit: 2000, used: 1500, window: "day" },
      { provider: "codex", scope: "bottle", key: "dev", unit: "tokens", limit: 2000, used: 1500, window: "day" },
    ],
  })
})

test("noteCrashed: the crashed runs of this host's last day, and a command that resumes the latest", () => {
  const crashed: Run = { ...ended, endReason: "crashed" }
  const at = { host: ended.host, nowMs: STARTED_AT_MS + 3_600_000 }
  const others: readonly Run[] = [
    ended,
    { ...crashed, host: "other-00000" as HostId },
    { ...crashed, status: "killed" },
    { ...crashed, endedAtMs: STARTED_AT_MS - 24 * 3_600_000 },
  ]
  expect([
    noteCrashed(others, at),
    noteCrashed([...others, crashed], at),
    noteCrashed([crashed, { ...crashed, slug: "old-abc12" as Run["slug"] }], at),
  ]).toEqual([
    [],
    ["bot-bottle: fix-abc12 crashed; to resume it: bot-bottle resume fix-abc12"],
    ["bot-bottle: 2 runs crashed, last fix-abc12; to resume it: bot-bottle resume fix-abc12"],
  ])
})

test("listJson: what is not there is null, never missing", () => {
  const { endedAtMs: _, exitCode: __, ...running } = ended
  const row = listJson({
    run: { ...running, status: "running" },
    usedTokens: 0,
    costUsd: null,
    observes: false,
    cutBy: undefined,
    resumeAtMs: undefined,
    budgets: [],
  })
  expect([row.ended_at, row.exit_code, row.budget, row.budgets]).toEqual([null, null, null, []])
})

// biome-ignore format: a table
test.each([
  // width   cells of the one run
  [120,      "fix-abc12 ended implementer 700 $0.42 500 of bottle:dev 1m"],
  [50,       "fix-abc12 ended implemen… 700 500 of bott…"],
  [40,       "fix-abc12 ended 700 500 of bottl…"],
] as const)("listTable: at %p columns, the run's own tokens and what its budget has left", (width, cells) => {
  const listed = [{ run: ended, usedTokens: 700, costUsd: 0.42, observes: false, cutBy: undefined, resumeAtMs: undefined, budgets: [governing("claude")] }]
  const lines = listTable(listed, { paint: createPaint(false), width }, STARTED_AT_MS + 60_000)
  expect(lines[1]?.replaceAll(/ +/g, " ")).toBe(cells)
})

// biome-ignore format: a table
test.each([
  // change                                        status shown
  [{},                                             "ended"],
  [{ exitCode: 1 },                                "ended (exit 1)"],
  [{ exitCode: 1, endReason: "out-of-budget" },    "ended (out-of-budget)"],
] as const)("listTable: %j shows as %p", (change, status) => {
  const listed = [{ run: { ...ended, ...change }, usedTokens: 0, costUsd: null, observes: false, cutBy: undefined, resumeAtMs: undefined, budgets: [] }]
  const [, line = ""] = listTable(listed, { paint: createPaint(false), width: Infinity }, STARTED_AT_MS)
  expect(line).toContain(`  ${status}  `)
})

test("listTable: costs have a column once any run has a price", () => {
  const listed = [700, 800].map((usedTokens, index) => ({
    run: ended,
    usedTokens,
    costUsd: index === 0 ? 0.21 : null,
    observes: false,
    cutBy: undefined,
    resumeAtMs: undefined,
    budgets: [],
  }))
  const [titles, ...rows] = listTable(listed, { paint: createPaint(false), width: 120 }, STARTED_AT_MS)
  expect(titles).toMatch(/TOKENS +COST +LEFT/)
  expect(rows.map((row) => row.replaceAll(/ +/g, " "))).toEqual([
    "fix-abc12 ended implementer 700 $0.21 no budget 0s",
    "fix-abc12 ended implementer 800 - no budget 0s",
  ])
})

test("a run of another host has budgets that this one does not know, and not none", () => {
  const elsewhere = {
    ...{ run: ended, usedTokens: 700, costUsd: null, observes: false, cutBy: undefined, resumeAtMs: undefined },
    budgets: undefined,
  }
  const { budget, budgets } = listJson(elsewhere)
  expect([budget, budgets]).toEqual([null, null])
  const [, row] = listTable([elsewhere], { paint: createPaint(false), width: 120 }, STARTED_AT_MS)
  expect(row?.replaceAll(/ +/g, " ")).toBe("fix-abc12 ended implementer 700 see its host 0s")
})

test("listTable: an agent's name cannot drive the terminal, the run's color can", () => {
  const listed = [
    {
      run: { ...ended, agent: "x\x1b[2J" },
      usedTokens: 0,
      costUsd: null,
      observes: false,
      cutBy: undefined,
      resumeAtMs: undefined,
      budgets: [],
    },
  ]
  const lines = listTable(listed, { paint: createPaint(true), width: 120 }, STARTED_AT_MS)
  expect(lines[1]).toStartWith("\x1b[31mfix-abc12\x1b[39m")
  expect(lines[1]).toContain("x\ufffd[2J")
})

const ended: Run = {
  slug: "fix-abc12",
  host: "atlas-00000" as HostId,
  label: "fix",
  color: "red",
  agent: "implementer",
  bottles: ["dev", "claude-dev"],
  ancestors: [],
  provider: "claude",
  meters: ["claude", "codex"],
  backend: "bwrap",
  policy: "cutoff",
  tags: {},
  status: "ended",
  startedAtMs: STARTED_AT_MS,
  endedAtMs: STARTED_AT_MS + 60_000,
  exitCode: 0,
  launcher: "1:2:b" as ProcessIdentity,
}

function governing(provider: string): GoverningBudget {
  return {
    provider,
    scope: { kind: "bottle", key: "dev" },
    limitTokens: 2000,
    window: "day",
    source: "manifest",
    usedTokens: 1500,
    reservedTokens: 10,
    isCeiling: false,
  }
}
