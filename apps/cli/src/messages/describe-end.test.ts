import { expect, test } from "bun:test"
import { describeEnd } from "./describe-end.ts"
import { describeReport } from "./describe-report.ts"

const BUDGET = {
  provider: "claude",
  scope: { kind: "agent", key: "impl" },
  limitTokens: 2000,
  usedTokens: 1650,
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
      describeReport(warning, "x-00000", "cutoff"),
      describeReport(gone, "x-00000", "cutoff"),
      describeReport(gone, "x-00000", "freeze"),
      describeReport(gone, "x-00000", "kill"),
      describeReport({ kind: "ready" }, "", "cutoff"),
    ].flat(),
  ).toEqual([
    `warning: 80% of the budget: ${STATE}`,
    `cut off: the budget has too little left for another request: ${STATE}; to continue: ${RAISE} && bot-bottle restore x-00000`,
    `cut off, freezing: the budget has too little left for another request: ${STATE}`,
    `cut off, killing: the budget has too little left for another request: ${STATE}`,
  ])
})

// biome-ignore format: a table
test.each([
  // how it ended                                                                                  what is said
  [{ exitCode: 0, cause: { kind: "agent" } },
   ["session ended (exit 0)", "state kept in /s; to continue: bot-bottle resume x-00000"]],
  [{ exitCode: 1, cause: { kind: "agent" }, budget: BUDGET },
   ["session ended (exit 1)", `state kept in /s; to continue: ${RAISE} && bot-bottle resume x-00000`]],
  [{ exitCode: 1, cause: { kind: "proxy-died", why: "exit code 3" } },
   ["error: the proxy ended (exit code 3), so egress is closed and the bottle was ended", "session ended (exit 1)", "state kept in /s; to continue: bot-bottle resume x-00000"]],
  [{ exitCode: 1, cause: { kind: "frozen", by: { kind: "budget" } }, budget: BUDGET },
   ["frozen by its budget", "session ended (exit 1)", `state kept in /s; to continue: ${RAISE} && bot-bottle resume x-00000`]],
  [{ exitCode: 1, cause: { kind: "frozen", by: { kind: "budget" } }, budget: { ...BUDGET, isCeiling: true } },
   ["frozen by its budget", "session ended (exit 1)", "state kept in /s; to continue: raise 'ceiling' for claude in settings.yml, then bot-bottle resume x-00000"]],
  [{ exitCode: 1, cause: { kind: "frozen", by: { kind: "operator" } } },
   ["frozen by the operator", "session ended (exit 1)", "state kept in /s; to continue: bot-bottle resume x-00000"]],
  [{ exitCode: 137, cause: { kind: "killed", by: { kind: "operator" } } },
   ["killed by the operator", "session ended (exit 137)", "its files stay until 'bot-bottle cleanup': bot-bottle diff x-00000"]],
  [{ exitCode: 137, cause: { kind: "killed", by: { kind: "budget" } }, budget: BUDGET },
   ["killed by its budget", "session ended (exit 137)", `its state was removed; ledger and metadata are kept; to continue: ${RAISE}, then start again`]],
] as const)("describeEnd: %j", (end, said) => {
  expect(describeEnd({ slug: "x-00000", stateFolder: "/s", hasCopy: false, memoryStops: 0, bound: undefined, ...end })).toEqual([...said])
})
