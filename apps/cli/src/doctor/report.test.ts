import { expect, test } from "bun:test"
import { createPaint } from "../terminal/paint.ts"
import { type Check, type CheckGroup, exitCodeOf, judge, reportJson, reportLines, SET_UP } from "./report.ts"

const OK: Check = { check: "bubblewrap", state: "ok", detail: "bubblewrap 0.8.0" }
const NOTE: Check = { check: "docker", state: "note", detail: "not installed", fix: "apt install docker.io" }
const NO_OTHER_KEY: Check = {
  check: "credential codex",
  state: "note",
  detail: "not found",
  fix: "bot-bottle login codex",
}
const NO_KEY: Check = {
  check: "credential claude",
  state: "fail",
  detail: "not found",
  fix: "export ANTHROPIC_API_KEY",
}
const NO_BWRAP: Check = {
  check: "bubblewrap",
  state: "fail",
  detail: "not found",
  fix: "apt install bubblewrap",
  isolation: true,
}
const BROKEN_AUDIT: Check = {
  check: "ledger",
  state: "fail",
  startsAnyway: true,
  detail: "audit broken at row 1",
  fix: "restore the audit",
}
const EMPTY: Check = { check: "manifests", state: "note", detail: "no agents", fix: SET_UP }

// biome-ignore format: a table
test.each([
  // checks               exit  verdict                                     next
  [[OK, NO_OTHER_KEY],    0,    "Ready.",                                   "bot-bottle start"],
  [[OK, NOTE],            0,    "Ready.",                                   "bot-bottle start"],
  [[OK, EMPTY],           0,    "This host works. Nothing is set up yet.",  SET_UP],
  [[OK, NO_KEY],          1,    "1 problem stops a start.",                 "export ANTHROPIC_API_KEY"],
  [[NO_BWRAP, NO_KEY],    3,    "2 problems stop a start.",                 "apt install bubblewrap"],
  [[OK, BROKEN_AUDIT],    1,    "1 problem; runs start.",                   "restore the audit"],
  [[BROKEN_AUDIT, NO_KEY], 1,   "1 problem stops a start. 1 other problem.", "export ANTHROPIC_API_KEY"],
] as const)("doctor: %j exits %p: %p", (checks, exitCode, text, next) => {
  const groups = groupOf(...checks)
  expect([exitCodeOf(groups), judge(groups)]).toEqual([exitCode, { text, next }])
  expect(reportJson(groups)).toMatchObject({ ok: exitCode === 0, verdict: text, next })
})

test.each([50, 80, 120])("reportLines: nothing is wider than %p columns, and the verdict comes last", (width) => {
  const long = {
    ...NO_KEY,
    detail: "not found: CLAUDE_CODE_OAUTH_TOKEN (OAuth token), then ANTHROPIC_API_KEY (API key)",
  }
  const lines = reportLines(groupOf(OK, long, NOTE), { paint: createPaint(true), width })
  for (const line of lines) expect(Bun.stringWidth(line)).toBeLessThanOrEqual(width)
  expect(lines.slice(-2).map((line) => Bun.stripANSI(line))).toEqual([
    "1 problem stops a start.",
    "Next: export ANTHROPIC_API_KEY",
  ])
})

function groupOf(...checks: readonly Check[]): readonly CheckGroup[] {
  return [{ title: "Isolation", checks }]
}
