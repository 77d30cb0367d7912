import { expect, test } from "bun:test"
import type { ProcessIdentity, Run } from "@bot-bottle/contracts"
import type { GoverningBudget } from "@bot-bottle/ledger"
import { createPaint } from "../terminal/paint.ts"
import { listJson, listTable } from "./list.ts"

const STARTED_AT_MS = Date.parse("2026-11-22T10:00:00.000Z")

test("listJson: the shape of product.md, whole", () => {
  const row = listJson({ run: ended, budgets: [governing("claude"), governing("codex")] })
  expect({ ...row, started_at: Date.parse(row.started_at), ended_at: Date.parse(row.ended_at ?? "") }).toEqual({
    slug: "fix-abc12",
    label: "fix",
    color: "red",
    agent: "implementer",
    bottles: ["dev", "claude-dev"],
    provider: "claude",
    backend: "bwrap",
    status: "ended",
    started_at: STARTED_AT_MS,
    ended_at: STARTED_AT_MS + 60_000,
    exit_code: 0,
    budget: { provider: "claude", scope: "bottle", key: "dev", limit: 2000, used: 1500, window: "day" },
    budgets: [
      { provider: "claude", scope: "bottle", key: "dev", limit: 2000, used: 1500, window: "day" },
      { provider: "codex", scope: "bottle", key: "dev", limit: 2000, used: 1500, window: "day" },
    ],
  })
})

test("listJson: what is not there is null, never missing", () => {
  const { endedAtMs: _, exitCode: __, ...running } = ended
  const row = listJson({ run: { ...running, status: "running" }, budgets: [] })
  expect([row.ended_at, row.exit_code, row.budget, row.budgets]).toEqual([null, null, null, []])
})

test("listTable: a label cannot drive the terminal, its colour can", () => {
  const lines = listTable([{ run: { ...ended, label: "x\x1b[2J" }, budgets: [] }], createPaint(true), STARTED_AT_MS)
  expect(lines[1]).toContain("\x1b[31mx�[2J\x1b[39m")
})

const ended: Run = {
  slug: "fix-abc12",
  label: "fix",
  color: "red",
  agent: "implementer",
  bottles: ["dev", "claude-dev"],
  ancestors: [],
  provider: "claude",
  meters: ["claude", "codex"],
  backend: "bwrap",
  policy: "cutoff",
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
