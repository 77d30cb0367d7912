import { expect, test } from "bun:test"
import { describeEnd } from "./describe-end.ts"
import { describeReport } from "./describe-report.ts"

const BUDGET = {
  provider: "claude",
  scope: { kind: "agent", key: "impl" },
  limitTokens: 2000,
  usedTokens: 1650,
  reservedTokens: 0,
  requestAmount: 0,
  window: "day",
  isCeiling: false,
} as const
const STATE = "1,650 of 2,000 claude tokens used this day (budget of agent:impl)"
const RAISE = "bot-bottle budget set agent:impl claude 4k"

test("describeReport: what a headless run prints of its budget", () => {
  const warning = { kind: "warning", percent: 80, budget: BUDGET } as const
  const gone = { kind: "budget-exhausted", budget: BUDGET } as const
  expect(
    [
      describeReport(warning, { slug: "x-00000", policy: "cutoff", reads: "while it runs" }),
      describeReport(gone, { slug: "x-00000", policy: "cutoff", reads: "while it runs" }),
      describeReport(gone, { slug: "x-00000", policy: "freeze", reads: "while it runs" }),
      describeReport(gone, { slug: "x-00000", policy: "kill", reads: "while it runs" }),
      describeReport({ kind: "ready" }, { slug: "", policy: "cutoff", reads: "while it runs" }),
    ].flat(),
  ).toEqual([
    `warning: 80% of the budget: ${STATE}`,
    `cut off: the budget is too low for the next request: ${STATE}; to continue: ${RAISE} && bot-bottle restore x-00000`,
    `cut off, freezing: the budget is too low for the next request: ${STATE}`,
    `cut off, killing: the budget is too low for the next request: ${STATE}`,
  ])
})

// biome-ignore format: a table
test.each([
  [{ kind: "budget-exhausted", budget: BUDGET },                                     `cut off: the budget is too low for the next request: ${STATE}`],
  [{ kind: "dlp-limit", matches: 3 },                                                "cut off: 3 requests carried a credential of the host's"],
  [{ kind: "provider-away", host: "a.example", reason: "upstream-unreachable" },     "a.example cannot be reached: bot-bottle logs x-00000 --egress"],
] as const)("describeReport: after the end, no command for a running run: %j", (report, line) => {
  expect(describeReport(report, { slug: "x-00000", policy: "cutoff", reads: "after its end" })).toEqual([line])
})

// biome-ignore format: a table
test.each([
  // how it ended                                                                                  what is said
  [{ exitCode: 0, cause: { kind: "agent" } },
   ["session ended (exit 0)", "to continue: bot-bottle resume x-00000"]],
  [{ exitCode: 1, cause: { kind: "agent" }, budget: BUDGET },
   ["session ended (exit 1)", `to continue: ${RAISE} && bot-bottle resume x-00000`]],
  [{ exitCode: 1, cause: { kind: "proxy-died", why: "exit code 3" } },
   ["error: the proxy ended (exit code 3), so egress is closed and the bottle was ended", "session ended (exit 1)", "to continue: bot-bottle resume x-00000"]],
  [{ exitCode: 1, cause: { kind: "frozen", by: { kind: "budget" } }, budget: BUDGET },
   ["frozen by its budget", "session ended (exit 1)", `to continue: ${RAISE} && bot-bottle resume x-00000`]],
  [{ exitCode: 1, cause: { kind: "frozen", by: { kind: "budget" } }, budget: { ...BUDGET, isCeiling: true } },
   ["frozen by its budget", "session ended (exit 1)", "to continue: raise 'ceiling' for claude in settings.yml, then bot-bottle resume x-00000"]],
  [{ exitCode: 1, cause: { kind: "frozen", by: { kind: "operator" } } },
   ["frozen by the operator", "session ended (exit 1)", "to continue: bot-bottle resume x-00000"]],
  [{ exitCode: 1, cause: { kind: "input-failed", why: "EIO" } },
   ["error: standard input cannot be read (EIO), so the run was ended", "session ended (exit 1)", "to continue: bot-bottle resume x-00000"]],
  [{ exitCode: 137, cause: { kind: "killed", by: { kind: "operator" } } },
   ["killed by the operator", "session ended (exit 137)", "its files stay until 'bot-bottle cleanup': bot-bottle diff x-00000"]],
  [{ exitCode: 137, cause: { kind: "killed", by: { kind: "budget" } }, budget: BUDGET },
   ["killed by its budget", "session ended (exit 137)", `its state is removed; ledger and metadata stay; to continue: ${RAISE}, then start again`]],
] as const)("describeEnd: %j", (end, said) => {
  expect(describeEnd({ slug: "x-00000", stateFolder: "/s", hasCopy: false, memoryStops: 0, bound: undefined, ...end })).toEqual([...said])
})

// biome-ignore format: a table
test.each([
  // the figures                                                                        the line, and the commands that fit
  [{ durationMs: 400, refused: [], changes: { files: 0 } },
   ["x-00000  0 s · nothing changed", "to continue: bot-bottle resume x-00000"]],
  [{ durationMs: 240_000, bottle: "dev", changes: { files: 3, lines: { added: 12, removed: 3 } },
     usage: { requests: 4, chargedTokens: 12_400, costMicroUsd: 210_000, unpricedRequests: 0 },
     refused: [{ host: "pkgs.example", port: 443, count: 7 }] },
   ["x-00000  4 min · 3 files (+12 −3) · 12,400 tokens ($0.21) · refused pkgs.example ×7",
    "to review it: bot-bottle diff x-00000",
    "to apply it: bot-bottle apply x-00000",
    "to allow it: bot-bottle allow dev pkgs.example",
    "to continue: bot-bottle resume x-00000"]],
  [{ durationMs: 7_500_000, usage: { requests: 2, chargedTokens: 900, costMicroUsd: 5, unpricedRequests: 1 }, bottle: "dev",
     refused: [{ host: "$(evil)\u202e", port: 443, count: 2 }, { host: "a.example", port: 8443, count: 1 }, { host: "b.example", port: 443, count: 1 }, { host: "c.example", port: 443, count: 1 }] },
   [expect.stringMatching(/^x-00000 {2}2 h 5 min · 900 tokens · refused \$\(evil\)[^\u202e]* ×2, a\.example:8443 ×1, b\.example ×1, 1 more$/),
    "to review it: bot-bottle diff x-00000",
    "to apply it: bot-bottle apply x-00000",
    "to allow it: bot-bottle allow dev b.example",
    "to continue: bot-bottle resume x-00000"]],
] as const)("describeEnd with the figures %j", (tally, said) => {
  const end = { slug: "x-00000", exitCode: 0, cause: { kind: "agent" }, stateFolder: "/s", hasCopy: true, memoryStops: 0, bound: undefined, tally } as const
  expect(describeEnd(end).slice(1)).toEqual([...said])
})
